using System.Buffers;
using System.Text;
using System.Text.Json;

namespace HrmGen.Lab.Pages;

/// <summary>A page in one file: styles, scripts and data are part of it, and it asks for nothing.</summary>
internal static class PageTemplate
{
    /// <summary>Puts a page together.</summary>
    /// <param name="title">Its title.</param>
    /// <param name="summary">What a reader without scripts gets: plain text, line by line.</param>
    /// <param name="name">The page's own files: <c>name.html</c>, <c>name.css</c> and <c>name.js</c>.</param>
    /// <param name="data">Writes what the script shows, as JSON.</param>
    public static string Fill(string title, IEnumerable<string> summary, string name, Action<Utf8JsonWriter> data)
    {
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json))
        {
            // Its default encoder escapes < and >, so no text can end the script element.
            data(writer);
        }

        return $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <link rel="icon" href="data:,">
            <title>{Escape(title)}</title>
            <style>
            {Asset("base.css")}{Asset(name + ".css")}</style>
            </head>
            <body>
            <noscript><pre>{Escape(string.Join('\n', summary))}</pre></noscript>
            {Asset(name + ".html")}<script type="application/json" id="data">{Encoding.UTF8.GetString(json.WrittenSpan)}</script>
            <script>
            {Asset("chart.js")}{Asset(name + ".js")}</script>
            </body>
            </html>

            """.ReplaceLineEndings("\n");
    }

    /// <summary>Writes a page beside the file of its name and then renames it: a reader never sees half of one.</summary>
    public static void Save(FileInfo file, string html)
    {
        file.Directory?.Create();
        var draft = file.FullName + ".tmp";
        File.WriteAllText(draft, html);
        File.Move(draft, file.FullName, overwrite: true);
    }

    /// <summary>A number with as many digits as a chart shows; null where it is none, which JSON cannot hold.</summary>
    public static void Number(this Utf8JsonWriter json, double? value)
    {
        if (value is { } number && double.IsFinite(number))
        {
            json.WriteNumberValue(double.Parse(number.ToString("G5", System.Globalization.CultureInfo.InvariantCulture), System.Globalization.CultureInfo.InvariantCulture));
        }
        else
        {
            json.WriteNullValue();
        }
    }

    /// <summary>A list.</summary>
    public static void List<T>(this Utf8JsonWriter json, string name, IEnumerable<T> items, Action<T> write)
    {
        json.WriteStartArray(name);
        foreach (var item in items)
        {
            write(item);
        }

        json.WriteEndArray();
    }

    private static string Escape(string text) => System.Net.WebUtility.HtmlEncode(text);

    private static string Asset(string name)
    {
        using var stream = typeof(PageTemplate).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"{name} is not embedded");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
