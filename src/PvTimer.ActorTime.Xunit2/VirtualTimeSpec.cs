using Akka.Actor.Setup;
using Akka.Configuration;
using Xunit.Abstractions;

namespace PvTimer.ActorTime.Xunit2;

/// <summary>
/// The base of a test class of xunit 2 whose actors live in virtual time: see <see cref="VirtualTimeTestKit"/>. The actor
/// system's log goes to the test's output; xunit ends both.
/// </summary>
public abstract class VirtualTimeSpec : VirtualTimeTestKit
{
    /// <summary>With Akka's own configuration.</summary>
    /// <param name="output">Where the actor system's log goes.</param>
    protected VirtualTimeSpec(ITestOutputHelper output)
        : this(config: null, output) { }

    /// <param name="config">The actor system's configuration; null: Akka's own.</param>
    /// <param name="output">Where its log goes; null: nowhere.</param>
    /// <param name="setup">More of its set-up; null: none.</param>
    /// <exception cref="System.NotSupportedException">The configuration asks for what cannot be in virtual time.</exception>
    protected VirtualTimeSpec(
        Config? config = null,
        ITestOutputHelper? output = null,
        ActorSystemSetup? setup = null
    )
        : base(config, setup, output is null ? null : output.WriteLine) => Output = output;

    /// <summary>Where the test writes to, as it was given; null: nowhere.</summary>
    protected ITestOutputHelper? Output { get; }
}
