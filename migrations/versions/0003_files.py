"""files, photographs and materials"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "files",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_files")),
    )
    with op.batch_alter_table("files", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_files_event_id"), ["event_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_files_kind_owner_id"), ["kind", "owner_id"], unique=False)

    with op.batch_alter_table("people") as batch_op:
        batch_op.add_column(sa.Column("photo_id", sa.Uuid(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_people_photo_id"), "files", ["photo_id"], ["id"], ondelete="SET NULL"
        )

    op.create_table(
        "materials",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("role_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", JSON, nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("uploader_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('slides', 'handout')", name=op.f("ck_materials_kind")),
        sa.CheckConstraint("state IN ('held', 'released')", name=op.f("ck_materials_state")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_materials_event_id")),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_materials_file_id")),
        sa.ForeignKeyConstraint(
            ["role_id"], ["session_roles.id"], name=op.f("fk_materials_role_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_materials_session_id")),
        sa.ForeignKeyConstraint(
            ["uploader_id"], ["people.id"], name=op.f("fk_materials_uploader_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_materials")),
        sa.UniqueConstraint("file_id", name=op.f("uq_materials_file_id")),
        sa.UniqueConstraint("role_id", name=op.f("uq_materials_role_id")),
    )
    with op.batch_alter_table("materials", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_materials_event_id_state"), ["event_id", "state"], unique=False)
        batch_op.create_index(batch_op.f("ix_materials_session_id"), ["session_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("materials", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_materials_session_id"))
        batch_op.drop_index(batch_op.f("ix_materials_event_id_state"))

    op.drop_table("materials")
    with op.batch_alter_table("people") as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_people_photo_id"), type_="foreignkey")
        batch_op.drop_column("photo_id")

    with op.batch_alter_table("files", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_files_kind_owner_id"))
        batch_op.drop_index(batch_op.f("ix_files_event_id"))

    op.drop_table("files")
