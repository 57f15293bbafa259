using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;
using PvTimer.Formats.Writers;
using PvTimer.Model.Looks;
using PvTimer.Model.Vmx;

namespace PvTimer.OpsConsole.Documents;

/// <summary>
/// What the fields of an actor mean: which of them a reader of KVM and of the SDM looks for, under their names there.
/// A field that an actor has not got is left out, and so is a group without any.
/// </summary>
internal static class ActorState
{
    private const string Nanoseconds = " ns";
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);
    private static readonly Regex s_names = new(
        "^([A-Z][a-z]+)+$",
        RegexOptions.ExplicitCapture,
        s_patience
    );
    private static readonly Regex s_words = new(
        "[A-Z][a-z]+",
        RegexOptions.ExplicitCapture,
        s_patience
    );

    private static readonly Group[] s_vcpu =
    [
        new(
            "Execution",
            new("in guest mode", "mode.inGuest"),
            new("halted", "mode.halted"),
            new("on pCPU", "mode.pcpu", StateKind.Actor),
            new("its VM", "standing.place"),
            new("guest does", "execution.operation.kind"),
            new("left of it", "execution.operation.left", StateKind.Span),
            new("in its interrupt handler", "execution.inHandler"),
            new("NMI pending", "signals.nmiPending")
        ),
        new(
            "Local APIC",
            new("LVT timer mode", "lapic.timerMode"),
            new("LVT timer vector", "lapic.timerVector"),
            new("LVT timer masked", "lapic.timerMasked"),
            new("IA32_TSC_DEADLINE", "lapic.tscDeadline"),
            new("initial count", "lapic.initialCount"),
            new("IRR", "lapic.irr"),
            new("ISR", "lapic.isr"),
            new("TPR", "lapic.tpr"),
            new("guest TSC", "lapic.guestTsc.frequency"),
            new("posted-interrupt descriptor", "delivery.descriptor")
        ),
        new(
            "Timers",
            new("pending, due at", "timers.outstanding.due", StateKind.Instant),
            new("pending, IA32_TSC_DEADLINE", "timers.outstanding.deadline"),
            new("armed", "timers.armed", StateKind.Count),
            new("fired", "timers.fired", StateKind.Count),
            new("replaced", "timers.replaced", StateKind.Count),
            new("cancelled", "timers.cancelled", StateKind.Count),
            new("early", "timers.early", StateKind.Count),
            new("writes of IA32_TSC_DEADLINE", "msrs.deadlineWrites", StateKind.Count)
        ),
        new(
            "pvtimer, the guest's side",
            new("uses the shared page", "timer.usesPage"),
            new("expire_tsc", "timer.page.expireTsc"),
            new("next_sync_tsc", "timer.page.nextSyncTsc"),
            new("page given up by its host", "timer.page.isAbandoned"),
            new("stores to the page", "timer.pageUpdates", StateKind.Count),
            new("doorbells", "timer.doorbells", StateKind.Count),
            new("doorbells not answered", "timer.unansweredDoorbells", StateKind.Count)
        ),
        new(
            "Last VM-exit",
            new("reason", "vmExits.reason", StateKind.ExitReason),
            new("left guest mode at", "vmExits.leftGuestAt", StateKind.Instant),
            new("VM-exits so far", "exits.count", StateKind.Count)
        ),
        new("VM-exits by reason", "exits.tallies", "reason")
        {
            KeyKind = StateKind.ExitReason,
            Values =
            [
                new("count", "count", StateKind.Count),
                new("time", "total", StateKind.Span),
                new("shortest", "shortest", StateKind.Span),
                new("longest", "longest", StateKind.Span),
            ],
        },
    ];

    private static readonly Group[] s_pcpu =
    [
        new(
            "Activity",
            new("doing", "executor.activity"),
            new("its time counts as", "executor.account.use"),
            new("since", "executor.account.since", StateKind.Instant),
            new("interrupts pending", "interrupts.pending.count", StateKind.Count),
            new("must reschedule", "scheduler.needsReschedule"),
            new("idle since", "executor.idleSince", StateKind.Instant)
        ),
        new(
            "Where its time went",
            new("guest", "executor.account.spent[1]", StateKind.Span),
            new("VM-exits", "executor.account.spent[2]", StateKind.Span),
            new("kthread", "executor.account.spent[3]", StateKind.Span),
            new("interrupts", "executor.account.spent[4]", StateKind.Span),
            new("halt polling", "executor.account.spent[5]", StateKind.Span),
            new("idle", "executor.account.spent[0]", StateKind.Span)
        ),
        new("vCPU threads", "scheduler.threads", "vCPU")
        {
            KeyKind = StateKind.Actor,
            Values =
            [
                new("state", "state"),
                new("virtual runtime", "virtualRuntime", StateKind.Span),
                new("runnable since", "runnableSince", StateKind.Instant),
                new("halted at", "kvm.haltedAt", StateKind.Instant),
                new("halt-poll window", "kvm.haltPollWindow", StateKind.Span),
                new("wake-up pending", "kvm.wakePending"),
            ],
        },
        new("hrtimers, by expiry", "hrtimers.queue.byExpiry", "")
        {
            Values =
            [
                new("function", "timer.function"),
                new("owner", "timer.owner", StateKind.Actor),
                new("expires", "timer.expires", StateKind.Instant),
                new("due", "timer.due", StateKind.Instant),
            ],
        },
        new(
            "Timer hardware",
            new(
                "local APIC timer programmed for",
                "hrtimers.lapicProgrammedFor",
                StateKind.Instant
            ),
            new("timers that moved here with a vCPU", "migration.timerMigrations", StateKind.Count),
            new("exits in which a timer expired", "exits.timerExpiryExits", StateKind.Count)
        ),
        new(
            "Interrupts sent",
            new("IPIs", "posting.ipis", StateKind.Count),
            new("posted interrupts", "posting.postedInterrupts", StateKind.Count),
            new("posting one now", "posting.isPosting")
        ),
        new(
            "Dedicated timer CPU",
            new("next scan", "timerCpu.nextScan", StateKind.Instant),
            new("paced at", "timerCpu.pacedAt", StateKind.Instant),
            new("doorbells to be answered", "timerCpu.syncs.count", StateKind.Count),
            new("stores to pages", "timerCpu.pageUpdates", StateKind.Count)
        ),
    ];

    private static readonly Group[] s_kthread =
    [
        new(
            "Scan",
            new("phase", "phase"),
            new("interrupted", "paused"),
            new("scans begun", "scans", StateKind.Count),
            new("this one, or the last, began at", "scanBegan", StateKind.Instant),
            new("next one at", "nextScan", StateKind.Instant),
            new("pages that it visits", "visits.count", StateKind.Count),
            new("of which done", "visit", StateKind.Count),
            new("kvm_lock held at most", "lockHeld", StateKind.Span),
            new("its pCPU is gone", "retired")
        ),
        new("Shared pages, the host's side", "pages.byVcpu", "vCPU")
        {
            KeyKind = StateKind.Actor,
            Values =
            [
                new("enabled", "enabled"),
                new("expire_tsc", "page.expireTsc"),
                new("next_sync_tsc", "page.nextSyncTsc"),
                new("scanned at", "lookedAt", StateKind.Instant),
                new("after", "round", StateKind.Span),
                new("hrtimer until", "armedUntil", StateKind.Instant),
                new("here", "isHere"),
            ],
        },
    ];

    private sealed record Value(string Name, string Path, StateKind Kind = StateKind.Text);

    /// <summary>Values of an actor, or, with a path, a table of each element below it.</summary>
    private sealed record Group(string Title, params Value[] Values)
    {
        public Group(string title, string path, string key)
            : this(title) => (Path, Key) = (path, key);

        public string? Path { get; }

        public string Key { get; } = "";

        public StateKind KeyKind { get; init; }

        public Value[] Values { get; init; } = Values;
    }

    public static ImmutableArray<StateGroup> Of(ActorLook actor)
    {
        string name = actor.Name[(actor.Name.LastIndexOf('/') + 1)..];
        Group[] groups =
            name.StartsWith("vcpu-", StringComparison.Ordinal) ? s_vcpu
            : name.StartsWith("pcpu-", StringComparison.Ordinal) ? s_pcpu
            : name == "timer-kthread" ? s_kthread
            : [];
        return
        [
            .. groups
                .Select(group =>
                    group.Path is null ? Facts(group, actor) : Table(group, group.Path, actor)
                )
                .Where(group => !group.Facts.IsEmpty || !group.Rows.IsEmpty),
        ];
    }

    private static StateGroup Facts(Group group, ActorLook actor)
    {
        Dictionary<string, string> fields = actor
            .Fields.DistinctBy(field => field.Path, StringComparer.Ordinal)
            .ToDictionary(field => field.Path, field => field.Value, StringComparer.Ordinal);
        return new StateGroup(
            group.Title,
            [
                .. group
                    .Values.Where(value => fields.ContainsKey(value.Path))
                    .Select(value => Read(value, fields[value.Path])),
            ],
            [],
            []
        );
    }

    /// <summary>Elements are "path[key].field".</summary>
    private static StateGroup Table(Group group, string path, ActorLook actor)
    {
        IEnumerable<IGrouping<string, FieldLook>> elements = actor
            .Fields.Where(field => field.Path.StartsWith($"{path}[", StringComparison.Ordinal))
            .GroupBy(
                field => field.Path[(path.Length + 1)..field.Path.IndexOf(']', path.Length)],
                StringComparer.Ordinal
            );
        return new StateGroup(
            group.Title,
            [],
            [group.Key, .. group.Values.Select(value => value.Name)],
            [.. elements.Select(element => Row(group, $"{path}[{element.Key}].", element))]
        );
    }

    private static ImmutableArray<StateValue> Row(
        Group group,
        string prefix,
        IGrouping<string, FieldLook> element
    )
    {
        Dictionary<string, string> fields = element
            .Where(field => field.Path.StartsWith(prefix, StringComparison.Ordinal))
            .ToDictionary(
                field => field.Path[prefix.Length..],
                field => field.Value,
                StringComparer.Ordinal
            );
        return
        [
            Read(new Value(group.Key, "", group.KeyKind), element.Key),
            .. group.Values.Select(value => Read(value, fields.GetValueOrDefault(value.Path, ""))),
        ];
    }

    private static StateValue Read(Value value, string text)
    {
        bool isTime = value.Kind is StateKind.Instant or StateKind.Span;
        return new StateValue(
            value.Name,
            value.Kind,
            WordsOf(value.Kind, text),
            isTime
            && text.EndsWith(Nanoseconds, StringComparison.Ordinal)
            && long.TryParse(
                text.AsSpan(0, text.Length - Nanoseconds.Length),
                NumberStyles.AllowLeadingSign,
                CultureInfo.InvariantCulture,
                out long ns
            )
                ? ns
                : null
        );
    }

    /// <summary>"True" is yes, "LeavingIdle" leaving idle, and an exit's reason is what perf calls it.</summary>
    private static string WordsOf(StateKind kind, string text) =>
        kind switch
        {
            StateKind.ExitReason when Enum.TryParse(text, out VmExitReason reason) =>
                VmExitReasonNames.NameOf(reason),
            StateKind.Text when text is "True" or "False" => text == "True" ? "yes" : "no",
            StateKind.Text when s_names.IsMatch(text) => string.Join(
                ' ',
                s_words.Matches(text).Select(word => Spell(word.Value))
            ),
            _ => text,
        };

    private static string Spell(string word) =>
        word is "Tsc" or "Apic" or "Msr" or "Nmi" or "Ipi"
            ? word.ToUpperInvariant()
            : word.ToLowerInvariant();
}
