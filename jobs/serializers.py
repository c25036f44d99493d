"""Jobs and their items as JSON, and what a client may send to make a job."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from jobs import operations, option_schema
from jobs.models import Job, JobItem
from jobs.operations import FieldChange, Operation, Outcome

SELECTIONS = ("comics", "filter", "all", "library", "trashed", "changes", "job")
"""The keys of which a job names one; what stands there only its operation understands."""


class JobSerializer(serializers.ModelSerializer[Job]):
    job_id = serializers.UUIDField(source="pk", read_only=True)
    created_by = serializers.SlugRelatedField[Any](
        slug_field="username", read_only=True, allow_null=True
    )
    source_job_id = serializers.UUIDField(read_only=True, allow_null=True)
    options = serializers.DictField(read_only=True)

    class Meta:
        model = Job
        fields = [
            "job_id",
            "operation",
            "status",
            "dry_run",
            "revision",
            "progress",
            "outcomes",
            "error",
            "created_at",
            "started_at",
            "finished_at",
            "created_by",
            "source_job_id",
            "options",
            "scope",
            "cancelling",
            "continued_at",
        ]
        read_only_fields = fields


class OneJobSerializer(JobSerializer):
    """One job alone also says what is in work just now."""

    current = serializers.ListField(
        child=serializers.CharField(), source="current_paths", read_only=True
    )

    class Meta(JobSerializer.Meta):
        fields = [*JobSerializer.Meta.fields, "current"]
        read_only_fields = fields


class ItemSerializer(serializers.ModelSerializer[JobItem]):
    """Needs the job in the context: its operation knows what the keys mean."""

    comic_id = serializers.SerializerMethodField()
    outcome = serializers.ChoiceField(Outcome.choices, read_only=True)
    changes = serializers.SerializerMethodField()

    class Meta:
        model = JobItem
        fields = [
            "n",
            "position",
            "comic_id",
            "path",
            "outcome",
            "message",
            "changes",
            "duration_ms",
        ]
        read_only_fields = fields

    def get_comic_id(self, item: JobItem) -> int | None:
        comic_id: int | None = self.context["job"].facts(item).get("comic_id")
        return comic_id

    def get_changes(self, item: JobItem) -> list[FieldChange]:
        changes: list[FieldChange] = item.changes
        return changes


class OperationSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    summary = serializers.CharField()
    options = serializers.SerializerMethodField()

    @extend_schema_field({"type": "object", "description": "A JSON Schema."})
    def get_options(self, operation: Operation) -> dict[str, Any]:
        return option_schema.of_form(operation.form())


class Text(serializers.CharField):
    """Unlike its parent it takes no number for text."""

    def to_internal_value(self, data: Any) -> str:
        if type(data) is not str:
            self.fail("invalid")
        return super().to_internal_value(data)


class Flag(serializers.BooleanField):
    """True or false; unlike its parent no word or number that may mean it."""

    def to_internal_value(self, data: Any) -> bool:
        if type(data) is not bool:
            self.fail("invalid", input=data)
        return data


class Whole(serializers.IntegerField):
    """Unlike its parent it takes no text and no fraction for a number."""

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:
            self.fail("invalid")
        return super().to_internal_value(data)


@extend_schema_field({"type": "array", "items": {"type": "integer", "minimum": 1}})
class Ids(serializers.Field[list[int], Any, list[int], Any]):
    """A list of ids. A ListField would answer with a message for each element."""

    default_error_messages = {"invalid": "Give a list of ids."}

    def to_internal_value(self, data: Any) -> list[int]:
        if type(data) is not list or not all(type(v) is int and 0 < v < 2**63 for v in data):
            self.fail("invalid")
        return data


@extend_schema_field({"type": "object", "additionalProperties": True})
class Object(serializers.Field[dict[str, Any], Any, dict[str, Any], Any]):
    default_error_messages = {"invalid": "Give an object."}

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if type(data) is not dict:
            self.fail("invalid")
        return data


class Identifier(serializers.UUIDField):
    """A job's id as text; unlike its parent it takes no number for one."""

    def to_internal_value(self, data: Any) -> Any:
        if type(data) is not str:
            self.fail("invalid", value=data)
        return str(super().to_internal_value(data))


class Strict(serializers.Serializer[Any]):
    """Refuses keys that it does not know."""

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if unknown := set(self.initial_data) - set(self.fields):
            text = _("There is no such key.")
            raise serializers.ValidationError({key: [text] for key in unknown})
        return attrs


class UndoSerializer(Strict):
    """How a job is undone."""

    dry_run = Flag(default=False)


class ApplySerializer(Strict):
    """Which items of a preview are left out."""

    def get_fields(self) -> dict[str, Any]:
        # A word of Python's cannot be declared.
        return {**super().get_fields(), "except": Ids(required=False)}


class NewJobSerializer(Strict):
    """The arguments of `lifecycle.submit`."""

    operation = Text(max_length=50)
    options = Object(required=False)
    dry_run = Flag(default=False)
    comics = Ids(required=False)
    filter = Object(required=False)
    all = Flag(required=False)
    library = Whole(required=False, min_value=1, max_value=2**63 - 1)
    trashed = Ids(required=False)
    changes = Ids(required=False)
    job = Identifier(required=False)

    def validate_all(self, value: bool) -> bool:
        if not value:
            raise serializers.ValidationError(_("“all” can only be true."))
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        super().validate(attrs)
        selection = {key: attrs.pop(key) for key in SELECTIONS if key in attrs}
        if len(selection) != 1:
            text = _(
                "Give one of “comics” (ids), “filter”, “all”: true, “library” (id), "
                "“trashed” (ids), “changes” (ids) or “job” (id)."
            )
            raise serializers.ValidationError({"selection": [text]})
        self._check_option_types(attrs)
        return {**attrs, "selection": selection}

    def _check_option_types(self, attrs: dict[str, Any]) -> None:
        try:
            form = operations.get(attrs["operation"]).form()
        except KeyError:
            return  # Submitting it will say so.
        if wrong := option_schema.wrong_types(form, attrs.get("options", {})):
            raise serializers.ValidationError({"options": wrong})
