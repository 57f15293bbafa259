using System;
using System.Collections.Generic;
using System.Linq;
using CsCheck;
using PvTimer.ActorTime;
using PvTimer.TestKit;
using PvTimer.TestKit.Faults;
using PvTimer.TestKit.Properties;
using PvTimer.TestKit.Results;
using Xunit.Abstractions;

namespace PvTimer.Scenarios.Tests.Properties;

/// <summary>Swarms whose messages are lost, late and doubled: what holds all the same, and what they may break.</summary>
public sealed class MessageFaultsSpec(ITestOutputHelper output) : PvTimerTestKit(output)
{
    [Fact]
    public void Survey()
    {
        PCG chance = new(0, 1);
        SortedDictionary<string, (int Runs, int Hits, int Lost, int Early, int Unconserved, int Broken)> seen = [];
        string first = "";
        foreach (Type kind in MessageFault.Kinds)
        {
            foreach (MessageFaultVerb verb in Enum.GetValues<MessageFaultVerb>())
            {
                (int Runs, int Hits, int Lost, int Early, int Unconserved, int Broken) sum = default;
                for (int run = 0; run < 60; run++)
                {
                    Scenario script = Scripts.Of().Generate(chance, null, out _);
                    MessageSchedule faults = MessageSchedule.Of(script, 1, [kind]).Generate(chance, null, out _);
                    faults = new(new MessageFault(verb, kind, faults.Faults[0].From, 3, faults.Faults[0].By));
                    Reached reached = new();
                    sum.Runs++;
                    try
                    {
                        ScriptResult result = ScenarioRun.With(faults, script, reached);
                        sum.Lost += result.Report.Timers.Lost > 0 ? 1 : 0;
                        sum.Early += result.Report.Timers.Early > 0 ? 1 : 0;
                        try { result.ShouldConserve(); } catch (ScriptException) { sum.Unconserved++; }
                        try { reached.ThrowIfNever("x"); sum.Hits++; } catch (ScriptException) { }
                    }
                    catch (Exception broken)
                    {
                        sum.Broken++;
                        if (!first.Contains(kind.Name + verb)) first += $"\n{kind.Name}{verb} {broken.Message.Split('\n')[0]}";
                    }
                }
                seen[$"{kind.Name} {verb}"] = sum;
            }
        }
        System.IO.File.WriteAllText("/tmp/survey.txt", string.Join("\n", seen.Select(e => $"{e.Key}: {e.Value}")) + first);
    }
}
