using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace HrmGen.Lab.Tests.Pages;

/// <summary>Chromium, driven over its own debugging protocol: no package, and nothing but the installed browser.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome"];

    private static readonly string[] Flags =
    [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--remote-debugging-port=0",
    ];

    private readonly Process process;
    private readonly string profile;
    private readonly ClientWebSocket socket = new();
    private int sent;

    private Browser(Process process, string profile) => (this.process, this.profile) = (process, profile);

    /// <summary>The installed browser, or null.</summary>
    public static string? Installed => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .SelectMany(folder => Names.Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists);

    /// <summary>Errors of the page, and anything that it asked for beside itself.</summary>
    public List<string> Complaints { get; } = [];

    public static async Task<Browser> Open(string page, CancellationToken cancel)
    {
        var profile = Directory.CreateTempSubdirectory("hrmgen-browser-").FullName;
        var start = new ProcessStartInfo(Installed!) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var argument in (string[])[.. Flags, "--user-data-dir=" + profile, "--window-size=1200,800", "about:blank"])
        {
            start.ArgumentList.Add(argument);
        }

        var process = Process.Start(start)!;
        var browser = new Browser(process, profile);
        _ = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        while (await process.StandardError.ReadLineAsync(cancel) is { } line)
        {
            const string Announcement = "DevTools listening on ";
            if (line.StartsWith(Announcement, StringComparison.Ordinal))
            {
                _ = process.StandardError.ReadToEndAsync(CancellationToken.None);
                await browser.Attach(new Uri(line[Announcement.Length..]), page, cancel);
                return browser;
            }
        }

        await browser.DisposeAsync();
        throw new InvalidOperationException("The browser ended before it listened");
    }

    /// <summary>The value of an expression in the page, as a string.</summary>
    public async Task<string> Evaluate(string expression, CancellationToken cancel)
    {
        var answer = await Send("Runtime.evaluate", new() { ["expression"] = $"String({expression})", ["returnByValue"] = true }, cancel);
        return answer["exceptionDetails"] is { } failure ? throw new InvalidOperationException(failure.ToJsonString()) : (string)answer["result"]!["value"]!;
    }

    /// <summary>Waits until an expression holds, for ten seconds at most: what does not come by then, the test's assertions tell.</summary>
    public async Task Until(string expression, CancellationToken cancel)
    {
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < TimeSpan.FromSeconds(10) && await Evaluate(expression, cancel) != "true")
        {
            await Task.Delay(20, cancel);
        }
    }

    /// <summary>Presses a key, as a keyboard does: the page sees it where the focus is.</summary>
    public async Task Press(string key, CancellationToken cancel)
    {
        var code = key switch { "Tab" => 9, "Enter" => 13, "End" => 35, "Home" => 36, "ArrowLeft" => 37, "ArrowRight" => 39, _ => 0 };
        foreach (var type in (string[])["rawKeyDown", "keyUp"])
        {
            await Send("Input.dispatchKeyEvent", new() { ["type"] = type, ["key"] = key, ["code"] = key, ["windowsVirtualKeyCode"] = code }, cancel);
        }
    }

    /// <summary>Shows the page in a colour scheme, <c>light</c> or <c>dark</c>.</summary>
    public Task Scheme(string scheme, CancellationToken cancel) => Send(
        "Emulation.setEmulatedMedia", new() { ["features"] = new JsonArray(new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = scheme }) }, cancel);

    /// <summary>A picture of the window.</summary>
    public async Task<byte[]> Screenshot(CancellationToken cancel) => Convert.FromBase64String((string)(await Send("Page.captureScreenshot", new(), cancel))["data"]!);

    public async ValueTask DisposeAsync()
    {
        socket.Dispose();
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
        }

        process.Dispose();
        try
        {
            Directory.Delete(profile, recursive: true);
        }
        catch (IOException)
        {
            // A helper process still writes there; the folder is temporary.
        }
    }

    private async Task Attach(Uri address, string page, CancellationToken cancel)
    {
        using var client = new HttpClient();
        var targets = JsonNode.Parse(await client.GetStringAsync(new Uri($"http://{address.Authority}/json/list"), cancel))!.AsArray();
        var target = targets.First(t => (string)t!["type"]! == "page")!;
        await socket.ConnectAsync(new Uri((string)target["webSocketDebuggerUrl"]!), cancel);
        foreach (var domain in (string[])["Page", "Runtime", "Log", "Network"])
        {
            await Send(domain + ".enable", new(), cancel);
        }

        await Send("Page.navigate", new() { ["url"] = new Uri(page).AbsoluteUri }, cancel);
        while (await Evaluate("document.readyState + location.protocol", cancel) != "completefile:")
        {
            await Task.Delay(20, cancel);
        }
    }

    private async Task<JsonNode> Send(string method, JsonObject parameters, CancellationToken cancel)
    {
        var id = ++sent;
        var message = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters };
        await socket.SendAsync(Encoding.UTF8.GetBytes(message.ToJsonString()), WebSocketMessageType.Text, true, cancel);
        while (true)
        {
            var received = await Receive(cancel);
            if ((int?)received["id"] == id)
            {
                return received["result"] ?? throw new InvalidOperationException(received.ToJsonString());
            }

            Hear(received);
        }
    }

    private void Hear(JsonNode received)
    {
        var what = received["params"];
        var complains = (string?)received["method"] switch
        {
            "Runtime.exceptionThrown" => true,
            "Runtime.consoleAPICalled" => (string?)what!["type"] is "error" or "warning" or "assert",
            "Log.entryAdded" => (string?)what!["entry"]!["level"] is "error" or "warning",
            "Network.requestWillBeSent" => (string)what!["request"]!["url"]! is var url && !url.StartsWith("file:", StringComparison.Ordinal) && !url.StartsWith("data:", StringComparison.Ordinal),
            _ => false,
        };
        if (complains)
        {
            Complaints.Add(received.ToJsonString());
        }
    }

    private async Task<JsonNode> Receive(CancellationToken cancel)
    {
        var (bytes, buffer) = (new MemoryStream(), new byte[1 << 16]);
        WebSocketReceiveResult part;
        do
        {
            part = await socket.ReceiveAsync(buffer, cancel);
            bytes.Write(buffer, 0, part.Count);
        }
        while (!part.EndOfMessage);
        return JsonNode.Parse(bytes.ToArray(), documentOptions: new JsonDocumentOptions { MaxDepth = 64 })!;
    }
}

/// <summary>A test that needs an installed Chromium, and says so where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute()
    {
        if (Browser.Installed is null)
        {
            Skip = "No chromium in PATH; on Debian: apt-get install chromium";
        }
    }
}
