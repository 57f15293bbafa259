using System;
using PvTimer.Model.Costs;
using PvTimer.Scenarios.Source;

namespace PvTimer.Scenarios.Costs;

/// <summary>A cost profile by itself, without a scenario.</summary>
public static class CostProfileFile
{
    /// <param name="named">
    /// A path (with a slash in it, or with .conf at its end), or a name: of a file NAME.conf in the working folder,
    /// or else one of <see cref="ShippedProfiles.Names"/>.
    /// </param>
    /// <exception cref="ScenarioException">It is not there, or something in it cannot be used.</exception>
    public static CostProfile Read(string named)
    {
        ArgumentNullException.ThrowIfNull(named);
        return CostProfileReader.ReadNamed(
            named,
            [""],
            [],
            SourcePosition.CommandLineOf(named),
            ""
        );
    }
}
