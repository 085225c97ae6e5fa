using System.Xml.Linq;
using HrmGen.Lab.Tests.Support;

namespace HrmGen.Lab.Tests.Inspection;

public class DiagramTests
{
    [Fact]
    public async Task Mermaid_has_loops_with_counts_and_marks_what_is_recorded() => Assert.Equal("""
        flowchart TD
          start(["x and the latents of the last supervision step"])
          subgraph detached["detached: 14 of 21 updates"]
            subgraph detached_0_0["repeat T - 1 = 2 times"]
              s0["injection = z_H + x"]
              subgraph detached_1_1["repeat n = 6 times"]
                s1["z_L = f(z_L + injection)"]
              end
              s2["z_H = f(z_H + z_L)"]
            end
          end
          subgraph recorded["recorded: 7 of 21 updates"]
            s3["injection2 = z_H + x"]
            subgraph recorded_4_0["repeat n = 6 times"]
              s4["z_L = f(z_L + injection2)"]
            end
            s5["z_H = f(z_H + z_L)"]
          end
          heads(["heads"])
          start --> s0 --> s1 --> s2 --> s3 --> s4 --> s5 --> heads
          s1 -.->|again| s1
          s2 -.->|again| s0
          s4 -.->|again| s4
          classDef gradient fill:#dcefe3,stroke:#1c7a45,color:#10331f
          class s3,s4,s5 gradient

        """, await LabRun.Output_of("inspect", "TrmMlpSudoku", "--diagram", "mermaid"));

    [Fact]
    public async Task Mermaid_escapes_what_it_would_read_as_markup() =>
        Assert.Contains("until residual #lt; 0.01", await LabRun.Output_of("inspect", "HrmFixedPoint", "--diagram", "mermaid"), StringComparison.Ordinal);

    [Fact]
    public async Task Diagrams_of_a_loop_that_ends_early_count_at_most()
    {
        var mermaid = await LabRun.Output_of("inspect", "HrmFixedPoint", "--diagram", "mermaid");
        Assert.Contains("[\"detached: at most 36 of at most 38 updates\"]", mermaid, StringComparison.Ordinal);
        Assert.Contains("[\"recorded: 2 of at most 38 updates\"]", mermaid, StringComparison.Ordinal);
        Assert.Contains("at most 38 updates, of which the gradient covers the last 2 (green)", (await Svg("HrmFixedPoint")).Value, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HrmSudoku", 3, 2, 3)]
    [InlineData("TrmMlpSudoku", 2, 2, 3)]
    [InlineData("TrmSevenLatents", 2, 2, 3)]
    [InlineData("ThreeClocks", 4, 3, 4)]
    [InlineData("HrmFixedPoint", 2, 2, 3)]
    [InlineData("DirectPrediction", 0, 1, 2)]
    public async Task Svg_has_a_lane_for_each_latent_and_a_box_for_each_update(string name, int detached, int recorded, int lanes)
    {
        var svg = await Svg(name);
        Assert.Equal((detached, recorded, lanes), (Classed(svg, "box").Count, Classed(svg, "recorded").Count, Classed(svg, "lane").Count));
        Assert.Equal(detached > 0 ? 1 : 0, Classed(svg, "cut").Count);
    }

    [Fact]
    public async Task Updates_stand_on_their_lanes_below_one_another_and_dots_mark_what_they_read()
    {
        var svg = await Svg("TrmMlpSudoku");
        var lanes = Classed(svg, "lane").Select(l => Number(l, "x1")).ToList();
        var boxes = Classed(svg, "box").Concat(Classed(svg, "recorded")).Select(b => (X: Number(b, "x") + (Number(b, "width") / 2), Y: Number(b, "y") + 13)).ToList();

        // z_L, z_H without a gradient, and once more with one.
        Assert.Equal([lanes[2], lanes[1], lanes[2], lanes[1]], boxes.Select(b => b.X));
        Assert.Equal(boxes.Select(b => b.Y).Order(), boxes.Select(b => b.Y));

        // z_L = f(z_L + (z_H + x)) reads all three; the hoisted sum counts as what it is made of.
        Assert.Equal(lanes.Order(), Classed(svg, "dot").Where(d => Number(d, "cy") == boxes[0].Y).Select(d => Number(d, "cx")).Order());
        Assert.Contains("z_L[1..6]", (await Svg("TrmSevenLatents")).Value, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HrmFixedPoint")]
    [InlineData("ThreeClocks")]
    public async Task Everything_is_inside_of_the_picture_and_labels_do_not_overlap(string name)
    {
        var svg = await Svg(name);
        foreach (var text in svg.Descendants().Where(e => e.Name.LocalName == "text"))
        {
            var (x, length) = (Number(text, "x"), text.Value.Length * 8);
            var start = (string?)text.Attribute("text-anchor") switch { "end" => x - length, "middle" => x - (length / 2), _ => x };
            Assert.InRange(start, 0, Number(svg, "width") - (text.Attribute("class")?.Value == "title" ? 0 : length) + 1);
        }

        var labels = Classed(svg, "count").Select(t => Number(t, "y")).Order().ToList();
        Assert.All(labels.Zip(labels.Skip(1)), pair => Assert.True(pair.Second - pair.First >= 17, $"{pair}"));
    }

    [Fact]
    public async Task A_diagram_goes_to_a_file()
    {
        using var folder = new TextFolder();
        var run = await LabRun.Of("inspect", "HrmSudoku", "--diagram", "svg", "--out", folder.Under("hrm.svg"));
        Assert.Equal((0, "", $"written to {folder.Under("hrm.svg")}\n"), (run.Code, run.Output, run.Error));
        Assert.Equal(await LabRun.Output_of("inspect", "HrmSudoku", "--diagram", "svg"), File.ReadAllText(folder.Under("hrm.svg")));
    }

    private static async Task<XElement> Svg(string name) => XElement.Parse(await LabRun.Output_of("inspect", name, "--diagram", "svg"));

    private static List<XElement> Classed(XElement svg, string name) => [.. svg.Descendants().Where(e => (string?)e.Attribute("class") == name)];

    private static int Number(XElement element, string attribute) => (int)element.Attribute(attribute)!;
}
