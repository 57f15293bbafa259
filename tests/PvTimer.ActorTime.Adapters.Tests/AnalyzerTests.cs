using System;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using PvTimer.ActorTime.Analyzers;
using PvTimer.Scenarios.Tests;

namespace PvTimer.ActorTime.Adapters.Tests;

/// <summary>
/// What the package's analyzers say of code, and of which they say nothing. In the lines, what is found stands between the
/// marks.
/// </summary>
public sealed partial class AnalyzerTests
{
    private const string Usings = """
        using System;
        using System.Diagnostics;
        using System.Threading;
        using System.Threading.Tasks;
        using Akka.Actor;
        using Akka.Actor.Dsl;

        """;

    private const string Given = "TimeProvider time, Task task, IActorRef other";

    private const string KitUsings = """
        using Akka.Hosting;
        using PvTimer.ActorTime;
        using PvTimer.ActorTime.Hosting;

        """;

    private static readonly ImmutableArray<MetadataReference> References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!) // reason: the host always sets it
            .Split(Path.PathSeparator)
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    /// <summary>Lines that are wrong in a script and in an actor.</summary>
    private static readonly (string Id, string Line)[] NotInTime =
    [
        ("PVT0001", "«Thread.Sleep(1_000)»;"),
        ("PVT0001", "«Thread.Sleep(TimeSpan.FromSeconds(1))»;"),
        ("PVT0002", "await «Task.Delay(1_000)»;"),
        ("PVT0002", "await «Task.Delay(TimeSpan.FromSeconds(1), CancellationToken.None)»;"),
        ("PVT0002", "await «task.WaitAsync(TimeSpan.FromSeconds(1))»;"),
        ("PVT0003", "_ = «Task.Run(() => { })»;"),
        ("PVT0003", "Func<Action, Task> run = «Task.Run»;"),
        ("PVT0003", "_ = «Task.Factory.StartNew(() => { })»;"),
        ("PVT0003", "«ThreadPool.QueueUserWorkItem(_ => { })»;"),
        ("PVT0003", "«Parallel.For(0, 3, _ => { })»;"),
        ("PVT0003", "«new Thread(() => { })».Start();"),
        ("PVT0004", "DateTime now = «DateTime.UtcNow»;"),
        ("PVT0004", "DateTimeOffset now = «DateTimeOffset.Now»;"),
        ("PVT0004", "Stopwatch watch = «Stopwatch.StartNew()»;"),
        ("PVT0004", "Stopwatch watch = «new Stopwatch()»;"),
        ("PVT0004", "long now = «Environment.TickCount64»;"),
        ("PVT0004", "await Task.Delay(TimeSpan.FromSeconds(1), «TimeProvider.System»);"),
        ("PVT0005", "using Timer timer = «new Timer(_ => { })»;"),
        ("PVT0005", "using System.Timers.Timer timer = «new System.Timers.Timer(1_000)»;"),
        ("PVT0005", "using PeriodicTimer timer = «new(TimeSpan.FromSeconds(1))»;"),
        ("PVT0005", "using CancellationTokenSource over = «new(1_000)»;"),
        ("PVT0006", "int answer = «other.Ask<int>(1).Result»;"),
        ("PVT0006", "«other.Ask<int>(1).Wait()»;"),
        ("PVT0006", "«other.Ask(1).GetAwaiter().GetResult()».ToString();"),
        (
            "PVT0006",
            "_ = «other.Ask<int>(1, TimeSpan.FromSeconds(1)).ConfigureAwait(false).GetAwaiter().GetResult()»;"
        ),
    ];

    /// <summary>Lines that are right in a script and in an actor.</summary>
    private static readonly string[] InTime =
    [
        "Thread.Sleep(0);",
        "await Task.Delay(0);",
        "await Task.Delay(Timeout.InfiniteTimeSpan, CancellationToken.None);",
        "await Task.Delay(TimeSpan.FromSeconds(1), time);",
        "await Task.Delay(Timeout.Infinite);",
        "await task.WaitAsync(TimeSpan.FromSeconds(1), time);",
        "await task.WaitAsync(CancellationToken.None);",
        "await Task.Yield();",
        "string name = nameof(DateTime.Now);",
        "DateTimeOffset now = time.GetUtcNow();",
        "DateTime day = new(2020, 1, 1);",
        "TimeProvider of = time ?? TimeProvider.System;",
        "using CancellationTokenSource over = new();",
        "using CancellationTokenSource over = new(TimeSpan.FromSeconds(1), time);",
        "using PeriodicTimer timer = new(TimeSpan.FromSeconds(1), time);",
        "Task<int> kept = other.Ask<int>(1); int answer = kept.Result;",
        "int answer = Task.FromResult(1).Result;",
    ];

    [Fact]
    public async Task Script_is_told_of_what_is_not_in_virtual_time() =>
        await Expect(NotInTime, Usings + KitUsings + InScript(Lines(NotInTime)));

    [Fact]
    public async Task Actor_is_told_of_what_is_not_in_virtual_time() =>
        await Expect(NotInTime, Usings + InActor(Lines(NotInTime)));

    /// <summary>An actor without a class, wherever it is described.</summary>
    [Fact]
    public async Task Handler_of_the_DSL_is_told_of_what_is_not_in_virtual_time() =>
        await Expect(NotInTime, Usings + InHandler(Lines(NotInTime)));

    [Fact]
    public async Task Nothing_is_said_of_what_is_in_virtual_time()
    {
        await Expect([], Usings + KitUsings + InScript(InTime));
        await Expect([], Usings + InActor(InTime));
        await Expect([], Usings + InHandler(InTime));
    }

    /// <summary>Neither script nor actor: it may be on the wall.</summary>
    [Fact]
    public async Task Nothing_is_said_of_other_classes()
    {
        string[] lines = [.. Lines(NotInTime).Select(Unmarked)];
        await Expect([], Usings + InClass("object", lines));
        await Expect(
            [],
            $"{Usings}public class Outer : UntypedActor {{ protected override void OnReceive(object message) {{ }}\n"
                + $"{InClass("object", lines)} }}"
        );
    }

    /// <summary>An application takes the analyzers alone, and does not know the kit.</summary>
    [Fact]
    public async Task Actor_of_a_project_without_the_kit_is_told()
    {
        ImmutableArray<MetadataReference> without =
        [
            .. References.Where(each =>
                !Path.GetFileName(each.Display!).StartsWith("PvTimer", StringComparison.Ordinal) // reason: it is of a file
            ),
        ];
        Assert.NotEqual(References.Length, without.Length);
        await Expect(NotInTime, Usings + InActor(Lines(NotInTime)), without);
    }

    [Theory]
    [InlineData("int answer = «await other.Ask<int>(1)»;")]
    [InlineData("int answer = «await other.Ask<int>(1).ConfigureAwait(true)»;")]
    [InlineData("await Explore(async () => «await other.Ask<int>(1)»);")]
    public async Task Script_is_told_that_an_await_moves_no_clock(string line) =>
        await Expect([("PVT0007", line)], Usings + KitUsings + InScript(line));

    [Theory]
    [InlineData("«Explore(async () => await Task.Yield())»;")]
    [InlineData("_ = «Explore(async () => await Task.Yield())»;")]
    [InlineData("«AwaitAssertAsync(() => { })»;")]
    [InlineData("«ExpectMsgAsync<int>(1)»;")]
    [InlineData("Action run = () => «ExpectNoMsgAsync()»;")]
    public async Task Script_is_told_of_what_it_does_not_wait_for(string line) =>
        await Expect([("PVT0009", line)], Usings + KitUsings + InScript(line));

    [Theory]
    [InlineData("int answer = Await(other.Ask<int>(1));")]
    [InlineData("var all = await Explore(async () => await Task.Yield());")]
    [InlineData("Task kept = AwaitAssertAsync(() => { });")]
    [InlineData("Func<Task> run = () => AwaitAssertAsync(() => { });")]
    [InlineData("CreateTestProbe(Sys).ExpectNoMsg();")]
    [InlineData(
        "Action<AkkaConfigurationBuilder> start = builder => builder.WithActors(async (system, _, _) => await other.Ask<int>(1));"
    )]
    [InlineData(
        "ActorOf(dsl => dsl.ReceiveAsync<string>(async (_, _) => await other.Ask<int>(1)));"
    )]
    public async Task Nothing_is_said_of_what_has_its_clock(string line) =>
        await Expect([], Usings + KitUsings + InScript(line));

    [Fact]
    public async Task Actor_may_await_an_Ask() =>
        await Expect([], Usings + InActor("int answer = await other.Ask<int>(1);"));

    [Theory]
    [InlineData("«EventFilter».Error();")]
    [InlineData("«CreateEventFilter(Sys)».Error();")]
    [InlineData("«CreateTestLatch()».CountDown();")]
    [InlineData("«CreateTestBarrier(2)».Await();")]
    [InlineData("«Shutdown()»;")]
    [InlineData("await «ShutdownAsync()»;")]
    public async Task Script_is_told_of_verbs_that_are_refused(string line)
    {
        await Expect([("PVT0008", line)], Usings + KitUsings + InScript(line));
        // What is said to be refused is refused.
        string run = Unmarked(line).Replace("await ", "", StringComparison.Ordinal);
        await Assert.ThrowsAsync<NotSupportedException>(() =>
            Compiled.Run(
                Usings
                    + KitUsings
                    + $"public sealed class Page : VirtualTimeTestKit {{ [Xunit.Fact] public void Body() {{ {run} }} }}"
            )
        );
    }

    /// <summary>The verbs that always throw are those of which the analyzers speak.</summary>
    [Fact]
    public void No_refused_verb_is_missing()
    {
        string source = File.ReadAllText(
            Path.Combine(Top(), "src", "PvTimer.ActorTime", "Verbs", "VirtualTestKit.cs")
        );
        string[] refused = [.. Refused().Matches(source).Select(verb => verb.Groups["name"].Value)];
        Assert.Equal(
            [
                "EventFilter",
                "CreateEventFilter",
                "CreateTestLatch",
                "CreateTestBarrier",
                "Shutdown",
                "ShutdownAsync",
            ],
            refused,
            StringComparer.Ordinal
        );
    }

    [Fact]
    public void Page_lists_every_diagnostic_with_its_severity()
    {
        string page = File.ReadAllText(
            Path.Combine(Top(), "src", "PvTimer.ActorTime", "README.md")
        );
        Assert.Equal(
            new VirtualTimeAnalyzer().SupportedDiagnostics.Select(each =>
                (
                    each.Id,
                    each.DefaultSeverity == DiagnosticSeverity.Info ? "suggestion" : "warning"
                )
            ),
            Row()
                .Matches(page)
                .Select(row => (row.Groups["id"].Value, row.Groups["severity"].Value))
        );
    }

    private static string InScript(params string[] lines) => InClass("VirtualTimeTestKit", lines);

    private static string InActor(params string[] lines) => InClass("ReceiveActor", lines);

    private static string InClass(string ancestor, string[] lines) =>
        $"public sealed class Page : {ancestor} {{\n"
        + string.Concat(
            lines.Select((line, index) => $"public async Task Body{index}({Given}) {{ {line} }}\n")
        )
        + "}";

    private static string InHandler(params string[] lines) =>
        "public sealed class Page {\n"
        + string.Concat(
            lines.Select(
                (line, index) =>
                    $"public Action<IActorDsl> Of{index}({Given}) => dsl => dsl.ReceiveAsync<string>(async (_, _) => {{ {line} }});\n"
            )
        )
        + "}";

    private static string[] Lines((string Id, string Line)[] rows) =>
        [.. rows.Select(row => row.Line)];

    private static string Unmarked(string line) =>
        line.Replace("«", "", StringComparison.Ordinal).Replace("»", "", StringComparison.Ordinal);

    /// <summary>All that is marked is found, and nothing else.</summary>
    private static async Task Expect(
        (string Id, string Line)[] rows,
        string marked,
        ImmutableArray<MetadataReference>? references = null
    )
    {
        CSharpCompilation compilation = CSharpCompilation.Create(
            "analyzed",
            [CSharpSyntaxTree.ParseText(Unmarked(marked))],
            references ?? References,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary)
        );
        Assert.DoesNotContain(
            compilation.GetDiagnostics(),
            each => each.Severity == DiagnosticSeverity.Error
        );
        Diagnostic[] found =
        [
            .. (
                await compilation
                    .WithAnalyzers([new VirtualTimeAnalyzer()])
                    .GetAnalyzerDiagnosticsAsync()
            ).OrderBy(each => each.Location.SourceSpan.Start),
        ];
        Assert.Equal(
            rows.Select(row => $"{row.Id}: {Marked().Match(row.Line).Groups["text"].Value}"),
            found.Select(each =>
                $"{each.Id}: {each.Location.SourceTree!.GetText().ToString(each.Location.SourceSpan)}" // reason: it is in the source
            ),
            StringComparer.Ordinal
        );
        Assert.All(
            found,
            each => Assert.Contains("; accepted: ", each.GetMessage(), StringComparison.Ordinal)
        );
    }

    private static string Top()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "global.json")))
        {
            folder = folder.Parent;
        }
        return folder?.FullName ?? throw new DirectoryNotFoundException("no global.json above");
    }

    [GeneratedRegex("«(?<text>[^»]+)»", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Marked();

    [GeneratedRegex(
        @"^\| `(?<id>PVT\d+)` \| (?<severity>\w+) \|",
        RegexOptions.ExplicitCapture | RegexOptions.Multiline,
        1_000
    )]
    private static partial Regex Row();

    [GeneratedRegex(
        @"public [\w.]+ (?<name>\w+)(?:\([^)]*\))? =>\s+throw OnTheWall",
        RegexOptions.ExplicitCapture,
        1_000
    )]
    private static partial Regex Refused();
}
