"""What rows and all that is shown with them are by now, in one statement.

PostgreSQL gives a row another place (`ctid`) and transaction (`xmin`) with each UPDATE, so nobody
has to remember to count a version. A dump that is restored only makes tags that match nothing.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db.models import DecimalField, F, Func, Lookup, Model, Prefetch, QuerySet, Sum, Value
from django.db.models.expressions import Col


class RowVersion(Func):
    """A number that differs for each version of the row to which the given column belongs."""

    output_field = DecimalField()

    def as_sql(self, compiler: Any, *_: Any, **__: Any) -> Any:
        (column,) = self.get_source_expressions()
        assert isinstance(column, Col)
        sql, _params = compiler.compile(column)  # "alias"."column"
        alias, _dot, _column = sql.rpartition(".")
        row = f"{alias}.ctid::text || ' ' || {alias}.xmin::text"
        return f"hashtextextended({row}, 0)::numeric", ()


class AmongThese(Lookup[bool]):
    """One array for all numbers: a placeholder for each, once for each path, takes long to read."""

    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        column, params = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s)", (*params, self.rhs)


def versions(model: type[Model], pks: Sequence[int], paths: Sequence[str]) -> list[tuple[int, Any]]:
    """Return a number for the rows themselves, and one for those at the end of each path.

    They are sums, so that no order matters and a row that is reached twice counts.
    """
    rows = model._default_manager.filter(AmongThese(F("pk"), list(pks))).order_by()
    columns = ["pk", *(column_at(model, path) for path in paths)]
    first, *rest = (
        rows.values(place=Value(place))
        .annotate(sum=Sum(RowVersion(F(column))))
        .values_list("place", "sum")
        for place, column in enumerate(columns)
    )
    # Django 6.1 would order them as the rows.
    return sorted(first.union(*rest, all=True).order_by())


def paths_of(queryset: QuerySet[Any], before: str = "") -> Iterator[str]:
    """Yield every relation that the queryset fetches, as `stages` and `stages__step`."""
    selected = queryset.query.select_related
    yield from _selected(selected if isinstance(selected, dict) else {}, before)
    lookups: Any = getattr(queryset, "_prefetch_related_lookups", ())
    for lookup in lookups:
        through = lookup.prefetch_through if isinstance(lookup, Prefetch) else lookup
        parts = through.split("__")
        yield from (before + "__".join(parts[:end]) for end in range(1, len(parts) + 1))
        if isinstance(lookup, Prefetch) and lookup.queryset is not None:
            yield from paths_of(lookup.queryset, f"{before}{through}__")


def _selected(tree: dict[str, Any], before: str) -> Iterator[str]:
    for name, inner in tree.items():
        yield before + name
        yield from _selected(inner, f"{before}{name}__")


def paths_to(model: type[Model], target: type[Model], paths: Iterable[str]) -> list[str]:
    """Return each path with each column of its end that names a row of `target`."""
    found = []
    for path in paths:
        end = model
        for part in path.split("__"):
            _, end = _step(end, part)
        columns = end._meta.concrete_fields
        found += [f"{path}__{each.name}" for each in columns if each.related_model is target]
    return found


def column_at(model: type[Model], path: str) -> str:
    """Return a column at the end of the path that needs the last join: any but the primary key."""
    names = []
    for part in path.split("__"):
        name, model = _step(model, part)
        names.append(name)
    column = next(each for each in model._meta.concrete_fields if not each.primary_key)
    return "__".join([*names, column.name])


def _step(model: type[Model], accessor: str) -> tuple[str, type[Model]]:
    """Return the name in queries of what `prefetch_related` calls `accessor`, and its table."""
    fields: list[Any] = model._meta.get_fields()
    for each in fields:
        is_reverse = each.auto_created and not each.concrete
        name = each.get_accessor_name() if is_reverse else each.name
        if name == accessor and each.related_model:
            return each.name, each.related_model
    raise AssertionError(f"{model} has no relation {accessor}")
