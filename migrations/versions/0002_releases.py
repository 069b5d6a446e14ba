"""releases"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
NOTHING = '{"source": "en", "texts": {}}'
KINDS = ("keynote", "panel", "presentation", "breakout", "plenary", "break")
ROLES = ("keynote", "moderator", "panellist", "presenter", "discussant", "rapporteur", "interpreter")
PART_STATES = ("proposed", "invited", "confirmed", "declined", "withdrawn")
LEVELS = ("introductory", "intermediate", "advanced")
ADDED = {
    "rooms": ("equipment", "availability", "meeting_account"),
    "session_roles": ("presentation_abstract", "state", "state_since", "reason"),
    "sessions": ("has_sign_up", "is_chatham_house"),
}


def one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


def upgrade() -> None:
    op.create_table(
        "accepted_conflicts",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_accepted_conflicts_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accepted_conflicts")),
        sa.UniqueConstraint("event_id", "key", name=op.f("uq_accepted_conflicts_event_id_key")),
    )
    op.create_table(
        "appearances",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("title", JSON, nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_cancelled", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_appearances_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appearances")),
    )
    with op.batch_alter_table("appearances", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_appearances_event_id_session_id"), ["event_id", "session_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_appearances_person_id_starts_at"), ["person_id", "starts_at"], unique=False
        )

    op.create_table(
        "programme_steps",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("is_undone", sa.Boolean(), nullable=False),
        sa.Column("before", JSON, nullable=False),
        sa.Column("after", JSON, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_programme_steps_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme_steps")),
        sa.UniqueConstraint(
            "event_id", "person_id", "number", name=op.f("uq_programme_steps_event_id_person_id_number")
        ),
    )
    op.create_table(
        "programmes",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("change_minutes", sa.Integer(), nullable=False),
        sa.Column("test_minutes", sa.Integer(), nullable=False),
        sa.Column("answer_days", sa.Integer(), nullable=False),
        sa.Column("framed_by", JSON, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_programmes_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programmes")),
        sa.UniqueConstraint("event_id", name=op.f("uq_programmes_event_id")),
    )
    op.create_table(
        "releases",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("note", JSON, nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("changes", JSON, nullable=False),
        sa.Column("snapshot", JSON, nullable=False),
        sa.Column("names", JSON, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('release', 'hotfix')", name=op.f("ck_releases_kind")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_releases_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_releases")),
        sa.UniqueConstraint("event_id", "number", name=op.f("uq_releases_event_id_number")),
    )
    op.create_table(
        "speakers",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("link_number", sa.Integer(), nullable=False),
        sa.Column("calendar_number", sa.Integer(), nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("zone", sa.Text(), nullable=True),
        sa.Column("availability", JSON, nullable=False),
        sa.Column("needs", sa.Text(), nullable=False),
        sa.Column("may_record", sa.Boolean(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_speakers_event_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_speakers_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_speakers")),
        sa.UniqueConstraint("event_id", "person_id", name=op.f("uq_speakers_event_id_person_id")),
    )
    with op.batch_alter_table("speakers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_speakers_person_id"), ["person_id"], unique=False)

    with op.batch_alter_table("rooms") as batch_op:
        batch_op.add_column(sa.Column("equipment", JSON, nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("availability", JSON, nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("meeting_account", sa.Text(), nullable=False, server_default=""))

    with op.batch_alter_table("session_roles") as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_session_roles_role"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_session_roles_role"), one_of("role", (*ROLES, "contact")))
        batch_op.add_column(sa.Column("presentation_abstract", JSON, nullable=False, server_default=NOTHING))
        batch_op.add_column(sa.Column("presentation_minutes", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("presents_with_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("state", sa.Text(), nullable=False, server_default="confirmed"))
        batch_op.add_column(
            sa.Column(
                "state_since", sa.DateTime(timezone=True), nullable=False, server_default="2026-01-01 00:00:00+00"
            )
        )
        batch_op.add_column(sa.Column("reason", sa.Text(), nullable=False, server_default=""))
        batch_op.create_check_constraint(batch_op.f("ck_session_roles_state"), one_of("state", PART_STATES))
        batch_op.create_foreign_key(
            batch_op.f("fk_session_roles_presents_with_id"),
            "session_roles",
            ["presents_with_id"],
            ["id"],
            ondelete="SET NULL",
        )

    with op.batch_alter_table("sessions") as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_sessions_kind"), type_="check")
        batch_op.create_check_constraint(
            batch_op.f("ck_sessions_kind"), one_of("kind", (*KINDS, "launch", "networking", "blocker"))
        )
        batch_op.add_column(sa.Column("level", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("capacity", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("has_sign_up", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("is_chatham_house", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("foreign_id", sa.Text(), nullable=True))
        batch_op.create_check_constraint(batch_op.f("ck_sessions_level"), one_of("level", LEVELS))
        batch_op.create_index(batch_op.f("ix_sessions_event_id_foreign_id"), ["event_id", "foreign_id"], unique=False)

    # The defaults were for the rows that were there; new ones bring their own values.
    for table, columns in ADDED.items():
        with op.batch_alter_table(table) as batch_op:
            for column in columns:
                batch_op.alter_column(column, server_default=None)


def downgrade() -> None:
    op.execute("UPDATE sessions SET kind = 'plenary' WHERE kind IN ('launch', 'networking')")
    op.execute("UPDATE sessions SET kind = 'break' WHERE kind = 'blocker'")
    op.execute("DELETE FROM session_roles WHERE role = 'contact'")
    with op.batch_alter_table("sessions") as batch_op:
        batch_op.drop_index(batch_op.f("ix_sessions_event_id_foreign_id"))
        batch_op.drop_constraint(batch_op.f("ck_sessions_level"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_sessions_kind"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_sessions_kind"), one_of("kind", KINDS))
        for column in ("level", "capacity", "has_sign_up", "is_chatham_house", "foreign_id"):
            batch_op.drop_column(column)

    with op.batch_alter_table("session_roles") as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_session_roles_presents_with_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("ck_session_roles_state"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_session_roles_role"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_session_roles_role"), one_of("role", ROLES))
        for column in (
            "presentation_abstract", "presentation_minutes", "presents_with_id", "state", "state_since", "reason",
        ):  # fmt: skip
            batch_op.drop_column(column)

    with op.batch_alter_table("rooms") as batch_op:
        for column in ("equipment", "availability", "meeting_account"):
            batch_op.drop_column(column)

    with op.batch_alter_table("speakers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_speakers_person_id"))

    op.drop_table("speakers")
    op.drop_table("releases")
    op.drop_table("programmes")
    op.drop_table("programme_steps")
    with op.batch_alter_table("appearances", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_appearances_person_id_starts_at"))
        batch_op.drop_index(batch_op.f("ix_appearances_event_id_session_id"))

    op.drop_table("appearances")
    op.drop_table("accepted_conflicts")
