using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Reflection;
using PvTimer.Model.Timers.Paravirt;

namespace PvTimer.TestKit.Properties;

/// <summary>The series' flaws as a set.</summary>
internal static class Flaws
{
    private static readonly ImmutableArray<PropertyInfo> Switches =
    [
        .. typeof(PvTimerFlaws).GetProperties().Where(property => property.CanWrite),
    ];

    /// <param name="bits">One for each flaw, in the order in which they are declared.</param>
    public static PvTimerFlaws Of(uint bits)
    {
        PvTimerFlaws flaws = new();
        for (int index = 0; index < Switches.Length; index++)
        {
            Switches[index].SetValue(flaws, (bits & (1u << index)) != 0);
        }
        return flaws;
    }

    /// <summary>The names of those that are there.</summary>
    public static IEnumerable<string> NamesOf(PvTimerFlaws flaws) =>
        Switches.Where(flaw => (bool)flaw.GetValue(flaws)!).Select(flaw => flaw.Name);

    /// <summary>For each flaw that is there the set without it.</summary>
    public static IEnumerable<PvTimerFlaws> WithoutOneOf(PvTimerFlaws flaws) =>
        Switches
            .Where(flaw => (bool)flaw.GetValue(flaws)!)
            .Select(flaw =>
            {
                PvTimerFlaws fewer = flaws with { };
                flaw.SetValue(fewer, false);
                return fewer;
            });
}
