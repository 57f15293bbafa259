using System;
using PvTimer.Sharding.Faults;

namespace PvTimer.Sharding.Tests.Faults;

/// <summary>What --fault takes, and what it says to what it does not take.</summary>
public sealed class FaultScheduleTests
{
    private static readonly string[] Backends = ["hrtimer", "pvtimer"];

    [Theory]
    [InlineData("kill:node-2@50%")]
    [InlineData("kill:coordinator@start")]
    [InlineData("kill:node-3@start+100ms")]
    [InlineData("pause:node-2@12.5%:2000ms")]
    [InlineData("leave:node-2@pvtimer:50%")]
    [InlineData("move:h3/p1:node-1@30%+50ms")]
    [InlineData("join@0%")]
    [InlineData("partition:node-1|node-2,node-3@hrtimer:50%:5000ms")]
    [InlineData("kill:coordinator@12500us")]
    [InlineData("pause:node-2@pvtimer:5ms+100ms:2000ms")]
    [InlineData("checkpoint@5ms")]
    [InlineData("inject:{ move = web-0/vcpu-1, to = pcpu-0 }@100%")]
    public void Fault_is_written_as_it_is_read(string text) =>
        Assert.Equal(text, Fault.Parse(text).ToString());

    [Fact]
    public void Fault_has_its_parts()
    {
        Fault pause = Fault.Parse("pause:node-2@pvtimer:50%+100ms:2s");
        Assert.Equal(
            new Fault(
                FaultKind.Pause,
                "node-2",
                null,
                new FaultMoment("pvtimer", 50, TimeSpan.FromMilliseconds(100)),
                TimeSpan.FromSeconds(2)
            ),
            pause
        );
        Fault move = Fault.Parse("move:h3:node-1@start");
        Assert.Equal(("h3", "node-1", null), (move.Subject, move.To, move.Moment.Percent));
    }

    [Theory]
    [InlineData("burn:node-2@50%", "kill:NODE@50%")]
    [InlineData("kill", "kill:NODE@50%")]
    [InlineData("kill:@50%", "kill:NODE@50%")]
    [InlineData("kill:node-2@101%", "0 to 100")]
    [InlineData("kill:node-2@-1%", "0 to 100")]
    [InlineData("kill:node-2@half", "'start', a percentage")]
    [InlineData("kill:node-2@-5ms", "a virtual time such as 5ms")]
    [InlineData("checkpoint:node-2@5ms", "checkpoint@5ms")]
    [InlineData("kill:node-2@50%:2s", "kill:NODE@50%")]
    [InlineData("kill:node-2:node-3@50%", "kill:NODE@50%")]
    [InlineData("kill:node-2@50%+soon", "+SPAN")]
    [InlineData("kill:node-2@50%+86401s", "wall time up to 86400s")]
    [InlineData("kill:node-2@9000000000s", "5ms up to 31536000s (365 days)")]
    [InlineData("pause:node-2@50%:9000000000s", "wall time up to 86400s")]
    [InlineData("pause:node-2@50%", "pause:NODE@50%:2s")]
    [InlineData("pause:node-2@50%:0s", "pause:NODE@50%:2s")]
    [InlineData("move:h3@50%", "move:CELL:NODE@50%")]
    [InlineData("join:node-4@50%", "join@50%")]
    [InlineData("partition:node-1@50%:5s", "node-1|node-2,node-3")]
    [InlineData("kill:node-4@50%", "node-1 to node-3")]
    [InlineData("move:h3:node-4@50%", "node-1 to node-3")]
    [InlineData("partition:node-1|node-9@50%:5s", "node-1 to node-3")]
    [InlineData("kill:node-2@kvm:50%", "hrtimer, pvtimer")]
    public void Bad_fault_is_refused_in_one_line_that_says_what_is_accepted(
        string text,
        string accepted
    )
    {
        FormatException refused = Assert.Throws<FormatException>(() =>
            FaultSchedule.Parse([text], 3, Backends)
        );
        Assert.Contains("accepted:", refused.Message, StringComparison.Ordinal);
        Assert.Contains(accepted, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
    }

    [Fact]
    public void Node_that_joins_may_be_named() =>
        Assert.Equal(
            2,
            FaultSchedule.Parse(["join@20%", "kill:node-4@50%"], 3, Backends).Faults.Length
        );
}
