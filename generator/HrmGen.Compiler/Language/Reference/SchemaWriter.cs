using System.Text.RegularExpressions;

namespace HrmGen.Compiler.Language.Reference;

/// <summary>The table of keys as a JSON Schema (draft 7, which editors read), for completion and checks while typing.</summary>
/// <remarks>
/// It refuses what the compiler's own check of a file would. What only the compiler can see (equations, sizes that must fit, what a base
/// brings in) it lets pass. Any key may be null, because null removes what a base has.
/// </remarks>
internal sealed class SchemaWriter
{
    private const string Identifier = "[A-Za-z_][A-Za-z0-9_]*";

    private readonly JsonMap definitions = [];

    /// <summary>The text of <c>hrm.schema.json</c>.</summary>
    public static string Write() => new SchemaWriter().Text();

    private string Text()
    {
        var schema = new JsonMap
        {
            ["$schema"] = "http://json-schema.org/draft-07/schema#",
            ["title"] = "HrmGen spec",
            ["description"] = "A model of the HRM/TRM family, compiled to C# by HrmGen. Generated from the compiler's table of keys.",
        };
        schema.AddRange(Map(KeyTable.Root));
        schema["required"] = new object?[] { "hrmgen" };
        schema["allOf"] = new object?[]
        {
            new JsonMap
            {
                ["if"] = new JsonMap { ["not"] = Has("matrix") },
                ["then"] = new JsonMap { ["properties"] = new JsonMap { ["name"] = new JsonMap { ["pattern"] = $"^{Identifier}$" } } },
            },
            new JsonMap { ["if"] = new JsonMap { ["not"] = IsAbstract() }, ["then"] = new JsonMap { ["required"] = new object?[] { "name" } } },
            new JsonMap
            {
                ["if"] = new JsonMap { ["not"] = new JsonMap { ["anyOf"] = new object?[] { IsAbstract(), Has("extends") } } },
                ["then"] = Reference("complete"),
            },
        };
        definitions["complete"] = Required(KeyTable.Root)!;
        schema["definitions"] = definitions;
        return JsonText.Write(schema);
    }

    private static JsonMap Reference(string definition) => new() { ["$ref"] = "#/definitions/" + definition };

    private static JsonMap Has(string key) =>
        new() { ["required"] = new object?[] { key }, ["properties"] = new JsonMap { [key] = new JsonMap { ["not"] = new JsonMap { ["type"] = "null" } } } };

    private static JsonMap IsAbstract() => new() { ["required"] = new object?[] { "abstract" }, ["properties"] = new JsonMap { ["abstract"] = new JsonMap { ["const"] = true } } };

    private JsonMap Map(MapType map)
    {
        var properties = new JsonMap();
        foreach (var key in map.Keys)
        {
            properties[key.Name] = Property(key, map == KeyTable.Root && key.Name is "hrmgen" or "name");
        }

        return new() { ["type"] = "object", ["additionalProperties"] = false, ["properties"] = properties };
    }

    private JsonMap Property(Key key, bool fixedForm)
    {
        var schema = new JsonMap { ["description"] = Describe(key) };
        var value = key.Type is NameType { Dotted: false } && fixedForm ? new() { ["type"] = "string", ["pattern"] = $"^({Identifier}|[0-9]|\\{{[^{{}}]*\\}})+$" } : Value(key.Type);
        schema.AddRange(fixedForm ? value : Nullable(value));
        return schema;
    }

    /// <summary>A key's meaning and what its absence means.</summary>
    private static string Describe(Key key) => key.Required ? key.Doc : $"{key.Doc} Default: {key.Default}.";

    private static JsonMap Nullable(JsonMap schema)
    {
        var anyOf = schema.FindIndex(m => m.Key == "anyOf");
        var isNull = new JsonMap { ["type"] = "null" };
        if (anyOf < 0)
        {
            return new() { ["anyOf"] = new object?[] { schema, isNull } };
        }

        schema[anyOf] = new("anyOf", ((object?[])schema[anyOf].Value!).Append(isNull).ToArray());
        return schema;
    }

    private JsonMap Value(ValueType type)
    {
        switch (type)
        {
            case IntegerType integer:
                var whole = new JsonMap { ["type"] = "integer", ["minimum"] = integer.Min };
                if (integer.Max < long.MaxValue)
                {
                    whole["maximum"] = integer.Max;
                }

                return whole;
            case NumberType number:
                var schema = new JsonMap { ["type"] = "number", [number.ExclusiveMin ? "exclusiveMinimum" : "minimum"] = number.Min };
                if (!double.IsPositiveInfinity(number.Max))
                {
                    schema["maximum"] = number.Max;
                }

                return schema;
            case FlagType:
                return new() { ["type"] = "boolean" };
            case NameType { Dotted: false }:
                return new() { ["type"] = "string", ["pattern"] = $"^{Identifier}$", ["maxLength"] = Names.MaxLength };
            case NameType:
                return new() { ["type"] = new object?[] { "string", "number", "boolean" }, ["pattern"] = "^[A-Za-z0-9_]+(\\.[A-Za-z0-9_]+)*$", ["maxLength"] = Names.MaxLength };
            case ChoiceType choice:
                return new() { ["enum"] = choice.Values.Cast<object?>().ToArray() };
            case TextType:
                return Scalar(null);
            case CustomType { IsScalar: true } custom:
                return Scalar(custom.Description);
            case CustomType custom:
                return new() { ["description"] = custom.Description };
            case ListType list:
                return new() { ["type"] = "array", ["items"] = Value(list.Element), ["minItems"] = list.Min, ["maxItems"] = list.Max };
            case NamedMapType named:
                return new()
                {
                    ["type"] = "object",
                    ["propertyNames"] = new JsonMap { ["pattern"] = $"^{Identifier}$", ["maxLength"] = Names.MaxLength },
                    ["maxProperties"] = Validator.MaxNames,
                    ["additionalProperties"] = Nullable(Value(named.Value)),
                };
            case EitherType either:
                return new() { ["anyOf"] = either.Alternatives.Select(a => (object?)Value(a)).ToArray() };
            case MapType map:
                return Define(map.Name, () => Map(map));
            case ScheduleType schedule:
                return Schedule(schedule);
            case StatementsType:
                return Define("statements", Statements);
            case MatrixType:
                return Define("matrix", Axes);
            default:
                throw new InvalidOperationException($"The schema has no form for {type}");
        }
    }

    // Shares of training from 0 up; that they grow only the compiler sees.
    private JsonMap Schedule(ScheduleType schedule)
    {
        var at = new JsonMap
        {
            ["type"] = "object",
            ["description"] = "From each share of training on, 0 first: a value.",
            ["minProperties"] = 1,
            ["maxProperties"] = ScheduleType.MaxPhases,
            ["patternProperties"] = new JsonMap { ["^(0|0?\\.[0-9]+|[0-9.]+[eE]-[0-9]+)$"] = Value(schedule.Value) },
            ["additionalProperties"] = false,
        };
        return new()
        {
            ["type"] = "object",
            ["required"] = new object?[] { ScheduleType.At },
            ["additionalProperties"] = false,
            ["properties"] = new JsonMap { [ScheduleType.At] = at },
        };
    }

    private static JsonMap Scalar(string? description)
    {
        var scalar = new JsonMap { ["type"] = new object?[] { "string", "number", "boolean" } };
        if (description is not null)
        {
            scalar["description"] = description;
        }

        return scalar;
    }

    // Named before it is written: statements hold statements.
    private JsonMap Define(string name, Func<JsonMap> schema)
    {
        if (!definitions.Has(name))
        {
            var at = definitions.Count;
            definitions[name] = null;
            definitions[at] = new(name, schema());
        }

        return Reference(name);
    }

    private JsonMap Statements()
    {
        var forms = ProgramBinder.Forms.Select(f => (object?)new JsonMap { ["required"] = new object?[] { f } }).ToArray();
        var block = new JsonMap
        {
            ["type"] = "object",
            ["additionalProperties"] = false,
            ["required"] = new object?[] { "do" },
            ["oneOf"] = forms,
            ["dependencies"] = new JsonMap { ["until"] = new object?[] { "repeat" } },
        };
        var properties = new JsonMap();
        foreach (var key in KeyTable.Statement.Keys)
        {
            var property = new JsonMap { ["description"] = key.Doc };
            property.AddRange(key.Type is StatementsType ? new JsonMap { ["anyOf"] = new object?[] { Value(key.Type) } } : Scalar(null));
            properties[key.Name] = property;
        }

        block["properties"] = properties;
        var equation = new JsonMap { ["type"] = "string", ["description"] = "An equation, as in 'z_H = f(z_H + z_L)'." };
        return new() { ["type"] = "array", ["minItems"] = 1, ["items"] = new JsonMap { ["anyOf"] = new object?[] { equation, block } } };
    }

    // An axis lays values at a key, so each takes what the key takes.
    private JsonMap Axes()
    {
        var axes = new JsonMap();
        var scalar = new JsonMap { ["not"] = new JsonMap { ["type"] = new object?[] { "array", "object" } } };
        foreach (var (place, type) in Places(KeyTable.Root, "").Where(p => !IsIdentity(p.Place)))
        {
            var pattern = "^" + string.Join("\\.", place.Split('.').Select(part => part == Validator.AnyName ? Identifier : Regex.Escape(part))) + "$";
            axes[pattern] = new JsonMap
            {
                ["anyOf"] = new object?[]
                {
                    new JsonMap { ["type"] = "array", ["minItems"] = 1, ["items"] = new JsonMap { ["allOf"] = new object?[] { scalar, Nullable(Value(type)) } } },
                    new JsonMap
                    {
                        ["type"] = "object",
                        ["minProperties"] = 1,
                        ["propertyNames"] = new JsonMap { ["pattern"] = "^[A-Za-z0-9_.+-]+$" },
                        ["additionalProperties"] = Nullable(Value(type)),
                    },
                },
            };
        }

        return new() { ["type"] = "object", ["minProperties"] = 1, ["maxProperties"] = Matrix.MaxAxes, ["additionalProperties"] = false, ["patternProperties"] = axes };
    }

    private static bool IsIdentity(string place) => place is "hrmgen" or "name" or "summary" || Linker.Composing.Contains(place);

    /// <summary>Every place that can hold a value: keys, and what an author names.</summary>
    private static IEnumerable<(string Place, ValueType Type)> Places(ValueType type, string path) => type switch
    {
        MapType map => map.Keys.SelectMany(k => Places(k.Type, Parsing.NodePath.Key(path, k.Name)).Prepend((Parsing.NodePath.Key(path, k.Name), k.Type))),
        NamedMapType named => Places(named.Value, Parsing.NodePath.Key(path, Validator.AnyName)).Prepend((Parsing.NodePath.Key(path, Validator.AnyName), named.Value)),
        EitherType either => either.Alternatives.SelectMany(a => Places(a, path)),
        _ => [],
    };

    // What a spec needs that has no base to bring it in; null where that is nothing.
    private static JsonMap? Required(ValueType type)
    {
        switch (type)
        {
            case MapType map:
                var properties = new JsonMap();
                foreach (var key in map.Keys)
                {
                    if (Required(key.Type) is { } inner)
                    {
                        properties[key.Name] = inner;
                    }
                }

                var schema = new JsonMap();
                if (map.Keys.Any(k => k.Required))
                {
                    schema["required"] = map.Keys.Where(k => k.Required).Select(k => (object?)k.Name).ToArray();
                }

                if (properties.Count > 0)
                {
                    schema["properties"] = properties;
                }

                return schema.Count > 0 ? schema : null;
            case NamedMapType named:
                return Required(named.Value) is { } each ? new() { ["additionalProperties"] = each } : null;
            case EitherType either:
                // Required keys bind mappings only: other alternatives pass.
                return either.Alternatives.OfType<MapType>().ToList() is [var only] ? Required(only) : null;
            default:
                return null;
        }
    }
}
