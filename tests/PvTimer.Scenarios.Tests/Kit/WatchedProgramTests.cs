using System.Linq;
using PvTimer.Model.Guests;
using PvTimer.TestKit.Observing;

namespace PvTimer.Scenarios.Tests.Kit;

/// <summary>A guest does in the kit what it does in a run: the program that watches it passes everything on.</summary>
public sealed class WatchedProgramTests
{
    [Fact]
    public void Watched_program_leaves_nothing_to_the_defaults_of_the_interface() =>
        Assert.All(
            typeof(WatchedProgram)
                .GetInterfaceMap(typeof(IGuestProgram))
                .TargetMethods.Select(method => method.DeclaringType),
            declared => Assert.Equal(typeof(WatchedProgram), declared)
        );
}
