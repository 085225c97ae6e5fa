using System.Globalization;
using System.Text.Json;
using HrmGen.Lab.Solving;

namespace HrmGen.Lab.Pages;

/// <summary><c>solve --trace</c>: a puzzle being solved, with a slider through the supervision steps.</summary>
internal static class TracePage
{
    public static string Html(Solution solution)
    {
        var text = new StringWriter(CultureInfo.InvariantCulture);
        new BoardText(solution, text, rich: false).Write();
        return PageTemplate.Fill($"{solution.Spec.Name} solves a puzzle", [text.ToString()], "trace", json => Data(solution, json));
    }

    private static void Data(Solution s, Utf8JsonWriter json)
    {
        var tokens = Enumerable.Range(0, s.Spec.VocabSize).ToList();
        json.WriteStartObject();
        json.WriteString("name", s.Spec.Name);
        json.WriteString("about", $"{s.Kind.Name} {s.Kind.Shape.Rows}×{s.Kind.Shape.Columns} · {s.Spec.Parameters.ToString("N0", CultureInfo.InvariantCulture)} parameters · {Path.GetFileName(s.Weights)}");
        json.WriteString("verdict", s.Verdict?.Text);
        json.WriteBoolean("valid", s.Verdict?.IsValid ?? false);
        json.WriteNumber("rows", s.Kind.Shape.Rows);
        json.WriteNumber("columns", s.Kind.Shape.Columns);
        json.WriteNumber("boxRows", s.Kind.Box.Rows);
        json.WriteNumber("boxColumns", s.Kind.Box.Columns);
        json.WritePropertyName("haltsAt");
        json.Number(s.HaltsAt);
        json.List("glyphs", tokens.Select(s.Kind.Glyph), json.WriteStringValue);
        json.List("colours", tokens.Select(s.Kind.Colour), json.WriteStringValue);
        json.List("question", s.Question, json.WriteNumberValue);
        json.List("given", s.Question.Select(s.Kind.IsGiven), json.WriteBooleanValue);
        json.List("steps", s.Steps, step =>
        {
            json.WriteStartObject();
            json.List("board", step.Board, json.WriteNumberValue);
            json.List("confidence", step.Confidence, c => json.Number(c));
            json.WritePropertyName("halt");
            json.Number(step.Halt);
            json.WritePropertyName("continue");
            json.Number(step.Continue);
            json.List("updates", step.Updates, update =>
            {
                json.WriteStartArray();
                json.WriteStringValue(update.Latent);
                json.Number(update.Change);
                json.WriteEndArray();
            });
            json.WriteEndObject();
        });
        json.WriteEndObject();
    }
}
