using System.Buffers;
using System.Globalization;
using System.Text.Json;
using HrmGen.Data;

namespace HrmGen.Checkpoints;

/// <summary>Writes and reads <c>manifest.json</c>.</summary>
internal static class ManifestJson
{
    /// <summary>Manifests are a few kilobytes; a larger file is something else.</summary>
    public const int MaximumLength = 1 << 20;

    private const int Format = 1;
    private const string Fix = "Use another checkpoint, or copy this one again.";

    // Seconds are enough, and read the same in every culture.
    private const string Time = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    private static readonly SearchValues<char> nameCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz_-.0123456789");
    private static readonly SearchValues<char> hexadecimal = SearchValues.Create("0123456789abcdef");

    public static byte[] Write(CheckpointManifest m)
    {
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteNumber("format", Format);
            json.WriteString("hrmgen", m.HrmGen);
            json.WriteString("spec", m.Spec);
            json.WriteString("spec_hash", m.SpecHash);
            json.WriteString("data_hash", m.DataHash);
            json.WriteNumber("seed", m.Seed);
            json.WriteNumber("step", m.Step);
            json.WriteNumber("threads", m.Threads);
            json.WriteString("instruction_set", m.InstructionSet);
            json.WriteString("lowering", m.Lowering);
            json.WriteString("device", m.Device);
            json.WriteString("saved", m.Saved.ToString(Time, CultureInfo.InvariantCulture));
            json.WriteStartObject("options");
            foreach (var (name, text) in m.Options.OrderBy(o => o.Key, StringComparer.Ordinal))
            {
                json.WriteString(name, text);
            }

            json.WriteEndObject();
            json.WriteStartObject("metrics");
            foreach (var (name, value) in m.Metrics.OrderBy(v => v.Key, StringComparer.Ordinal))
            {
                json.WriteNumber(name, value);
            }

            json.WriteEndObject();
            json.WriteStartObject("files");
            foreach (var (name, digest) in m.Files.OrderBy(f => f.Key, StringComparer.Ordinal))
            {
                json.WriteStartObject(name);
                json.WriteNumber("bytes", digest.Bytes);
                json.WriteString("sha256", digest.Sha256);
                json.WriteEndObject();
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        memory.WriteByte((byte)'\n');
        return memory.ToArray();
    }

    /// <summary>Reads a manifest; nothing in it is believed before it was checked.</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="place">The file, for messages.</param>
    public static CheckpointManifest Parse(ReadOnlyMemory<byte> utf8, string place)
    {
        using var document = InputFile.ParseJson(utf8, place, Fix);
        var root = new Reader(document.RootElement, place);
        if (root.Number("format", 0) is var format and not Format)
        {
            throw new HrmGenException($"{place}: its format is {format}, this version of HrmGen reads {Format}. Use the version that wrote it.");
        }

        return new CheckpointManifest
        {
            HrmGen = root.Text("hrmgen"),
            Spec = root.Text("spec"),
            SpecHash = root.Text("spec_hash"),
            DataHash = root.Text("data_hash"),
            Seed = root.Number("seed", long.MinValue),
            Step = root.Number("step", 0),
            Threads = (int)root.Number("threads", 1, int.MaxValue),
            InstructionSet = root.Text("instruction_set"),
            Lowering = root.Text("lowering"),
            Device = root.Text("device"),
            Saved = DateTime.TryParseExact(root.Text("saved"), Time, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal, out var saved)
                ? saved
                : throw root.Wrong("saved", "must be a time as 2026-11-26T06:00:00Z"),
            Options = root.Object("options", (o, name) => o.Text(name)),
            Metrics = root.Object("metrics", (o, name) => o.Real(name)),
            Files = root.Object("files", File),
        };
    }

    private static FileDigest File(Reader files, string name)
    {
        // A name with a path in it could point anywhere.
        if (name.Length == 0 || name.AsSpan().ContainsAnyExcept(nameCharacters) || name[0] == '.')
        {
            throw files.Wrong(name, "is not the name of a checkpoint's file");
        }

        var file = files.Child(name);
        var hash = file.Text("sha256");
        return hash.Length == 64 && !hash.AsSpan().ContainsAnyExcept(hexadecimal)
            ? new FileDigest(file.Number("bytes", 0), hash)
            : throw file.Wrong("sha256", "must be 64 hexadecimal digits");
    }

    private readonly record struct Reader(JsonElement Element, string Place)
    {
        public HrmGenException Wrong(string key, string what) =>
            new($"{Place}: '{(key.Length > 80 ? key[..80] + "…" : key)}' {what}. {Fix}");

        public Reader Child(string key) => new(Value(key, JsonValueKind.Object, "an object"), $"{Place}: {key}");

        public string Text(string key) => Value(key, JsonValueKind.String, "a text").GetString()!;

        public long Number(string key, long least, long most = long.MaxValue) =>
            Value(key, JsonValueKind.Number, "a whole number").TryGetInt64(out var value) && value >= least && value <= most
                ? value
                : throw Wrong(key, $"must be a whole number from {least} to {most}");

        public double Real(string key) =>
            Value(key, JsonValueKind.Number, "a number").TryGetDouble(out var value) && double.IsFinite(value) ? value : throw Wrong(key, "must be a finite number");

        public Dictionary<string, T> Object<T>(string key, Func<Reader, string, T> read)
        {
            var child = Child(key);
            return child.Element.EnumerateObject().ToDictionary(p => p.Name, p => read(child, p.Name), StringComparer.Ordinal);
        }

        private JsonElement Value(string key, JsonValueKind kind, string what)
        {
            if (Element.ValueKind != JsonValueKind.Object)
            {
                throw new HrmGenException($"{Place}: {InputFile.Describe(Element)} where an object must be. {Fix}");
            }

            return Element.TryGetProperty(key, out var value) && value.ValueKind == kind ? value : throw Wrong(key, $"must be there, and {what}");
        }
    }
}
