using System.Collections.Immutable;
using System.Linq;
using System.Reflection;
using PvTimer.Model.Timers.Paravirt;

namespace PvTimer.Scenarios;

/// <summary>The flaws of pvtimer as switches of a scenario, in the order the model declares them.</summary>
internal static class FlawSwitches
{
    public static ImmutableArray<PropertyInfo> All { get; } =
    [
        .. typeof(PvTimerFlaws)
            .GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.PropertyType == typeof(bool)),
    ];
}
