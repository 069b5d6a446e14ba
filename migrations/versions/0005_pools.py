"""pools with rules of their own, and places that are held"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"

Json = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("pools") as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_pools_key"), type_="check")
        batch_op.add_column(sa.Column("mode", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("name", Json, nullable=False, server_default="{}"))
        batch_op.add_column(sa.Column("admission", sa.Text(), nullable=False, server_default="anyone"))
        batch_op.add_column(sa.Column("promotion", sa.Text(), nullable=False, server_default="directly"))
        batch_op.add_column(sa.Column("offer_hours", sa.Integer(), nullable=False, server_default="48"))
        batch_op.add_column(sa.Column("hold_hours", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("opens", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("closes", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("languages", Json, nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("quotas", Json, nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("is_open", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.execute("UPDATE pools SET mode = key")
    with op.batch_alter_table("pools") as batch_op:
        batch_op.alter_column("mode", existing_type=sa.Text(), nullable=False)
        for name, existing in (
            ("name", Json),
            ("admission", sa.Text()),
            ("promotion", sa.Text()),
            ("offer_hours", sa.Integer()),
            ("languages", Json),
            ("quotas", Json),
            ("is_open", sa.Boolean()),
        ):
            batch_op.alter_column(name, existing_type=existing, server_default=None)
        batch_op.create_check_constraint(batch_op.f("ck_pools_mode"), "mode IN ('in_person', 'online')")
        batch_op.create_check_constraint(
            batch_op.f("ck_pools_admission"), "admission IN ('anyone', 'approval', 'invitation')"
        )
        batch_op.create_check_constraint(batch_op.f("ck_pools_promotion"), "promotion IN ('directly', 'offer')")
    with op.batch_alter_table("places") as batch_op:
        batch_op.add_column(sa.Column("held_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("is_main", sa.Boolean(), nullable=False, server_default=sa.true()))
        batch_op.create_index(batch_op.f("ix_places_held_until"), ["held_until"])
    with op.batch_alter_table("places") as batch_op:
        batch_op.alter_column("is_main", existing_type=sa.Boolean(), server_default=None)
    with op.batch_alter_table("registrations") as batch_op:
        batch_op.add_column(sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    # Nobody has two places any more, and nobody one in a pool that there was not.
    op.execute("DELETE FROM places WHERE NOT is_main")
    with op.batch_alter_table("registrations") as batch_op:
        batch_op.drop_column("verified_at")
    with op.batch_alter_table("places") as batch_op:
        batch_op.drop_index(batch_op.f("ix_places_held_until"))
        batch_op.drop_column("is_main")
        batch_op.drop_column("held_until")
    op.execute(
        "UPDATE places SET pool_id = (SELECT standard.id FROM pools AS standard JOIN pools AS own"
        " ON own.event_id = standard.event_id AND own.mode = standard.key WHERE own.id = places.pool_id)"
    )
    op.execute("DELETE FROM pools WHERE key <> mode")
    with op.batch_alter_table("pools") as batch_op:
        for name in ("mode", "admission", "promotion"):
            batch_op.drop_constraint(batch_op.f(f"ck_pools_{name}"), type_="check")
        for name in (
            "is_open", "quotas", "languages", "closes", "opens", "hold_hours", "offer_hours", "promotion", "admission",
            "name", "mode",
        ):  # fmt: skip
            batch_op.drop_column(name)
        batch_op.create_check_constraint(batch_op.f("ck_pools_key"), "key IN ('in_person', 'online')")
