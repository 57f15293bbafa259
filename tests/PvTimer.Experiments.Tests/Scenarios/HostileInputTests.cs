using System;
using System.Collections.Generic;
using System.Linq;
using PvTimer.Model.Time;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Tests.Scenarios;

/// <summary>Scenarios and events of strangers: whatever is in them, the process that reads them lives.</summary>
public sealed class HostileInputTests : IDisposable
{
    private readonly ScenarioFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData('[', ']')]
    [InlineData('{', '}')]
    [InlineData('.', ' ')]
    public void What_is_too_deep_is_refused_however_deep(char open, char close)
    {
        foreach (int depth in new[] { 65, 1_000, 200_000 })
        {
            string value = open switch
            {
                '.' => "x." + string.Concat(Enumerable.Repeat("a.", depth)) + "a = 1",
                '{' => "x = " + string.Concat(Enumerable.Repeat("{a=", depth)) + "1",
                _ => "x = " + new string(open, depth),
            };
            var error = Assert.Throws<ScenarioException>(() =>
                _folder.Read($"scenario {{ {value} {new string(close, depth)} }}")
            );
            Assert.Contains(
                "too deep; accepted: at most 64",
                error.Message,
                StringComparison.Ordinal
            );
        }
    }

    [Fact]
    public void References_that_multiply_are_refused_before_they_are_followed()
    {
        IEnumerable<string> lines = Enumerable
            .Range(1, 20)
            .Select(level =>
                $"a{level} = [{string.Join(',', Enumerable.Repeat($"${{a{level - 1}}}", 10))}]"
            );
        var error = Assert.Throws<ScenarioException>(() =>
            _folder.Read("a0 = [1]\n" + string.Join('\n', lines))
        );
        Assert.Contains("more than 1000000 values", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Event_of_a_stranger_is_refused_as_a_scenario_is()
    {
        string file = _folder.Write(ScenarioFolder.Plain);
        foreach (
            string happening in new[]
            {
                "{ stall = ${it} }",
                "${value}",
                "{ a = ${?it.a}x, at = 1ms }",
                new string('[', 100_000),
                "{ a = " + new string('{', 100_000),
            }
        )
        {
            Assert.Throws<ScenarioException>(() =>
                ScenarioAmendment.WithEvent(file, happening, VirtualDuration.Zero)
            );
        }
    }
}
