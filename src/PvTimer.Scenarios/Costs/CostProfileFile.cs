using PvTimer.Model.Costs;
using PvTimer.Scenarios.Source;

namespace PvTimer.Scenarios.Costs;

/// <summary>A cost profile by itself, without a scenario.</summary>
public static class CostProfileFile
{
    /// <exception cref="ScenarioException">It is not there, or something in it cannot be used.</exception>
    public static CostProfile Read(string file) =>
        CostProfileReader.ReadFile(file, [], SourcePosition.CommandLineOf(file), "");
}
