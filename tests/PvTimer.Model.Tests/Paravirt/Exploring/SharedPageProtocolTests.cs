using PvTimer.Model.Timers.Paravirt;
using Xunit.Abstractions;

namespace PvTimer.Model.Tests.Paravirt.Exploring;

/// <summary>
/// The protocol of the shared page, every state of it within bounds: fixed none is wrong, and each flaw of the series
/// that a state can show is found, by the shortest way there is to it.
/// </summary>
public class SharedPageProtocolTests(ITestOutputHelper output)
{
    private const int Most = 500_000;

    /// <summary>Bounds, and how many states there are within them: another number is another protocol.</summary>
    [Theory]
    [InlineData(2, 2, 0, "all", 12, 89_249, 3)]
    [InlineData(1, 3, 0, "all", 12, 156_847, 4)]
    [InlineData(2, 2, 0, "page, msr, move", 0, 46_674, 0)]
    [InlineData(1, 2, 1, "page", 4, 192_092, 4)]
    public void Fixed_protocol_is_right_in_every_state(
        int vcpus,
        int operations,
        int slack,
        string alphabet,
        int grace,
        int states,
        int latest
    )
    {
        ProtocolBounds bounds = Of(alphabet) with
        {
            Vcpus = vcpus,
            Operations = operations,
            Slack = slack,
            Grace = grace,
        };
        SearchResult found = Search(bounds);
        Assert.Null(found.Violation);
        Assert.True(found.IsComplete);
        Assert.Equal(states, found.States);
        Assert.Equal(latest, found.Latest);
    }

    /// <summary>The one order that is left out makes no difference to what is found.</summary>
    [Fact]
    public void Reduction_leaves_out_states_and_no_verdict()
    {
        ProtocolBounds bounds = Of("all") with { Operations = 1, Slack = 1 };
        SearchResult reduced = Search(bounds);
        SearchResult whole = Search(bounds with { Reduces = false });
        Assert.True(whole.IsComplete && reduced.IsComplete);
        Assert.Equal(whole.Violation, reduced.Violation);
        Assert.Equal(whole.Latest, reduced.Latest);
        Assert.InRange(reduced.States, 1, whole.States - 1);
    }

    [Theory]
    [InlineData(
        nameof(PvTimerFlaws.StaleArmedTimer),
        "all",
        2,
        0,
        "replaced before it was due",
        22
    )]
    [InlineData(nameof(PvTimerFlaws.DisarmIsLost), "all", 2, 0, "replaced before it was due", 27)]
    [InlineData(nameof(PvTimerFlaws.MsrValueIgnored), "all", 1, 0, "RDMSR", 2)]
    [InlineData(nameof(PvTimerFlaws.RdmsrSeesOnlyArmed), "all", 1, 0, "RDMSR", 3)]
    [InlineData(nameof(PvTimerFlaws.EnableBeforeValidation), "off", 3, 0, "is lost", 41)]
    [InlineData(nameof(PvTimerFlaws.FourByteAlignment), "all", 1, 0, "cache line", 2)]
    [InlineData(nameof(PvTimerFlaws.DisableLeavesTimerArmed), "all", 2, 0, "RDMSR", 6)]
    [InlineData(nameof(PvTimerFlaws.ForeignAddressSpace), "all", 1, 0, "foreign address space", 5)]
    [InlineData(nameof(PvTimerFlaws.LockHeldOverScan), "all", 0, 1, "kvm_lock", 11)]
    [InlineData(nameof(PvTimerFlaws.PaddingIgnoresLateScan), "page", 1, 1, "is lost", 16)]
    [InlineData(nameof(PvTimerFlaws.IpiPerDoorbell), "near", 2, 0, "interrupt of its own", 11)]
    [InlineData(nameof(PvTimerFlaws.PreemptionTimerFromForeignCpu), "all", 1, 0, "foreign VMCS", 7)]
    [InlineData(
        nameof(PvTimerFlaws.AdvanceIsNotWaitedFor),
        "page",
        1,
        0,
        "before its deadline",
        14
    )]
    [InlineData(nameof(PvTimerFlaws.CancelSpinsAcrossCpus), "off", 4, 0, "spun", 20)]
    [InlineData(nameof(PvTimerFlaws.NoFairnessBetweenGuests), "near", 7, 0, "again and again", 27)]
    [InlineData(nameof(PvTimerFlaws.DeliverLeavesTimerArmed), "all", 2, 0, "was not armed", 16)]
    public void Flaw_is_found_by_a_shortest_way(
        string flaw,
        string alphabet,
        int operations,
        int slack,
        string violation,
        int steps
    )
    {
        PvTimerFlaws flaws = new();
        typeof(PvTimerFlaws).GetProperty(flaw)!.SetValue(flaws, true);
        ProtocolBounds bounds = Of(alphabet) with
        {
            Operations = operations,
            Slack = slack,
            Grace = alphabet is "page" or "near" ? 4 : 12,
            Flaws = flaws,
            HvTimer = flaws.PreemptionTimerFromForeignCpu,
            Advance = flaws.AdvanceIsNotWaitedFor ? 1 : 0,
        };
        ShowsOnlyWith(bounds, bounds with { Flaws = PvTimerFlaws.None }, violation, steps);
    }

    /// <summary>Flaw 18 is none: both exchanges are needed. With one of them a plain store, a deadline waits for a scan.</summary>
    [Theory]
    [InlineData(WeakExchange.Guest, 15)]
    [InlineData(WeakExchange.Host, 15)]
    public void Deadline_is_late_without_one_of_the_exchanges(WeakExchange weak, int steps)
    {
        ProtocolBounds bounds = Of("page") with
        {
            Operations = 1,
            Slack = 0,
            Grace = 0,
            Weak = weak,
        };
        ShowsOnlyWith(bounds, bounds with { Weak = WeakExchange.None }, "is lost", steps);
    }

    /// <summary>
    /// What the fixed variant leaves open, and latencies hide: from the exchange to the posted interrupt the host needs a
    /// lock that the enable MSR takes as well.
    /// </summary>
    [Fact]
    public void Enabling_without_the_lock_loses_a_deadline()
    {
        ProtocolBounds bounds = Of("off") with
        {
            Operations = 3,
            Slack = 0,
            EnablingLocks = false,
            Alphabet = [Operation.ProgramNear, Operation.Disable, Operation.Enable],
        };
        ShowsOnlyWith(bounds, bounds with { EnablingLocks = true }, "is lost", 57);
    }

    private void ShowsOnlyWith(
        ProtocolBounds with,
        ProtocolBounds without,
        string violation,
        int steps
    )
    {
        SearchResult found = Search(with);
        Assert.Contains(violation, found.Violation, System.StringComparison.Ordinal);
        Assert.Equal(steps, found.Schedule.Length);
        SearchResult right = Search(without);
        Assert.Null(right.Violation);
        Assert.True(right.IsComplete);
    }

    private SearchResult Search(ProtocolBounds bounds)
    {
        SearchResult found = new StateSearch(bounds).Run(Most, ProtocolChecks.Violation);
        output.WriteLine($"{found}");
        return found;
    }

    /// <summary>One vCPU that does some of it.</summary>
    private static ProtocolBounds Of(string alphabet) =>
        new ProtocolBounds { Vcpus = 1 } with
        {
            Alphabet = alphabet switch
            {
                "near" => [Operation.ProgramNear],
                "page" => [Operation.ProgramNear, Operation.ProgramFar, Operation.Disarm],
                "page, msr, move" =>
                [
                    Operation.ProgramNear,
                    Operation.ProgramFar,
                    Operation.Disarm,
                    Operation.WriteMsr,
                    Operation.Move,
                ],
                "off" =>
                [
                    Operation.ProgramFar,
                    Operation.Disable,
                    Operation.Enable,
                    Operation.EnableNowhere,
                ],
                _ => new ProtocolBounds().Alphabet,
            },
        };
}
