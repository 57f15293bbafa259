using System;
using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using System.Linq;
using PvTimer.Cli.Display;
using PvTimer.Experiments;
using PvTimer.Experiments.Explain;
using PvTimer.Experiments.Repetition;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
using PvTimer.Scenarios;

namespace PvTimer.Cli.Commands;

/// <summary>pvtimer explain: why timers of a finished run were late.</summary>
internal static class ExplainCommand
{
    private const string TimerForm = "VCPU#NUMBER, as in web-0/vcpu-1#42";

    public static Command Create(Session session)
    {
        RecordedRunOptions of = new();
        Option<string?> timer = new("--timer")
        {
            Description = "One timer: the vCPU and which of its deadlines, from 1",
            HelpName = TimerForm,
        };
        Option<int?> latest = new("--latest")
        {
            Description = "The timers that were the latest",
            HelpName = "N",
        };
        Option<string?> vcpu = new("--vcpu")
        {
            Description = "With --at: whose timer",
            HelpName = "VCPU, as in web-0/vcpu-1",
        };
        Option<string?> at = new("--at")
        {
            Description = "With --vcpu: its first timer that came then or later",
            HelpName = "T, a span of virtual time as 12ms",
        };
        Option<bool> json = new("--json") { Description = "Print one JSON document" };
        Command command = new("explain", "Say why timers were late, part by part")
        {
            of.Run,
            of.Backend,
            timer,
            latest,
            vcpu,
            at,
            json,
            of.Quiet,
        };
        command.SetAction(parsed =>
            Explain(
                session,
                FinishedRun.Read(parsed.GetValue(of.Run)!),
                of.BackendsOf(parsed),
                ChoiceOf(
                    parsed.GetValue(timer),
                    parsed.GetValue(latest),
                    parsed.GetValue(vcpu),
                    parsed.GetValue(at)
                ),
                parsed.GetValue(json),
                parsed.GetValue(of.Quiet)
            )
        );
        return command;
    }

    private static int Explain(
        Session session,
        FinishedRun run,
        ImmutableArray<TimerBackend> backends,
        TimerChoice choice,
        bool json,
        bool quiet
    ) =>
        OutputFile.Write(
            session,
            file: null,
            stop =>
            {
                using RunsProgress progress = new(session, quiet);
                Scenario scenario = run.ReadScenario();
                RunExplanation explanation = RunExplanation.Of(
                    run,
                    scenario,
                    backends,
                    choice,
                    (backend, reached) => progress.Show(scenario, backend, reached)
                );
                bool isMissing =
                    choice is not TimerChoice.None
                    && explanation.Backends.All(each => each.Timers.IsEmpty);
                if (isMissing)
                {
                    throw new UsageException(NotFound(choice));
                }
                string text = json
                    ? SummaryDocument.Write(ExplanationDocument.Of(explanation))
                    : ExplanationTable.Of(explanation, choice);
                return (text, ExitCode.Done);
            }
        );

    private static string NotFound(TimerChoice choice) =>
        choice switch
        {
            TimerChoice.One one =>
                $"--timer: {one.Vcpu}#{one.Number} did not fire; accepted: {TimerForm} (pvtimer explain DIR --latest 1 names one)",
            TimerChoice.At at =>
                $"--vcpu, --at: no timer of {at.Vcpu} fired then or later; accepted: a vCPU of the run and a time within it",
            _ => "--latest: no timer fired",
        };

    private static TimerChoice ChoiceOf(string? timer, int? latest, string? vcpu, string? at)
    {
        int given =
            (timer is null ? 0 : 1) + (latest is null ? 0 : 1) + ((vcpu ?? at) is null ? 0 : 1);
        if (given > 1)
        {
            throw new UsageException(
                "--timer, --latest, --vcpu with --at: more than one was given; accepted: one of them, or none"
            );
        }
        if ((vcpu is null) != (at is null))
        {
            throw new UsageException("--vcpu, --at: one without the other; accepted: both");
        }
        return timer is not null ? TimerOf(timer)
            : latest is { } count ? LatestOf(count)
            : vcpu is not null ? new TimerChoice.At(vcpu, TimeOf(at!))
            : new TimerChoice.None();
    }

    private static TimerChoice.One TimerOf(string text)
    {
        int mark = text.LastIndexOf('#');
        bool isNumber = long.TryParse(
            text.AsSpan(mark + 1),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out long number
        );
        return mark > 0 && isNumber && number > 0
            ? new TimerChoice.One(text[..mark], number)
            : throw new UsageException($"--timer: '{text}' names no timer; accepted: {TimerForm}");
    }

    private static TimerChoice.Latest LatestOf(int count) =>
        count is >= 1 and <= TimerChoice.Most
            ? new TimerChoice.Latest(count)
            : throw new UsageException($"--latest: {count}; accepted: 1 to {TimerChoice.Most}");

    private static VirtualTime TimeOf(string text) =>
        Units.TryParseSpan(text, out VirtualDuration span) && span >= VirtualDuration.Zero
            ? VirtualTime.Zero + span
            : throw new UsageException(
                $"--at: '{text}' is no time; accepted: a number with ns, us, ms or s, as 12ms"
            );
}
