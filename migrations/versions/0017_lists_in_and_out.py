"""lists of people in and out, and solutions of challenges that were used"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"

_JSON = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
)


def _kept() -> list[sa.Column]:
    return [
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("choices", _JSON, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    ]


def upgrade() -> None:
    with op.batch_alter_table("registrations") as batch_op:
        batch_op.add_column(sa.Column("import_id", sa.Uuid(), nullable=True))
        batch_op.create_index(batch_op.f("ix_registrations_import_id"), ["import_id"])
    for name, columns, checks in (
        ("people_lists", [sa.Column("size", sa.Integer(), nullable=False)], []),
        (
            "export_orders",
            [
                sa.Column("file_format", sa.Text(), nullable=False),
                sa.Column("language", sa.Text(), nullable=False),
                sa.Column("state", sa.Text(), nullable=False),
                sa.Column("done", sa.Integer(), nullable=False),
                sa.Column("size", sa.Integer(), nullable=False),
            ],
            [
                sa.CheckConstraint("file_format IN ('csv', 'xlsx', 'json')", name=op.f("ck_export_orders_file_format")),
                sa.CheckConstraint("state IN ('waiting', 'ready', 'failed')", name=op.f("ck_export_orders_state")),
            ],
        ),
    ):
        op.create_table(
            name,
            *_kept(),
            *columns,
            *checks,
            sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f(f"fk_{name}_event_id")),
            sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        )
        with op.batch_alter_table(name) as batch_op:
            batch_op.create_index(batch_op.f(f"ix_{name}_event_id"), ["event_id"])
            batch_op.create_index(batch_op.f(f"ix_{name}_created_at"), ["created_at"])
    op.create_table(
        "spent_proofs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spent_proofs")),
    )
    with op.batch_alter_table("spent_proofs") as batch_op:
        batch_op.create_index(batch_op.f("ix_spent_proofs_created_at"), ["created_at"])


def downgrade() -> None:
    op.drop_table("spent_proofs")
    op.drop_table("export_orders")
    op.drop_table("people_lists")
    with op.batch_alter_table("registrations") as batch_op:
        batch_op.drop_index(batch_op.f("ix_registrations_import_id"))
        batch_op.drop_column("import_id")
