using System;
using System.Threading.Tasks;
using Akka.Actor.Setup;
using Akka.Configuration;
using Xunit;

namespace PvTimer.ActorTime.Xunit3;

/// <summary>
/// The base of a test class of xunit 3 whose actors live in virtual time: see <see cref="VirtualTimeTestKit"/>. The actor
/// system's log goes to the test's output, without being asked to; xunit ends both.
/// </summary>
[ActsAsTestActor]
public abstract class VirtualTimeSpec : VirtualTimeTestKit, IAsyncLifetime
{
    /// <param name="config">The actor system's configuration; null: Akka's own.</param>
    /// <param name="output">Where its log goes; null: the output of the running test.</param>
    /// <param name="setup">More of its set-up; null: none.</param>
    /// <exception cref="NotSupportedException">The configuration asks for what cannot be in virtual time.</exception>
    protected VirtualTimeSpec(
        Config? config = null,
        ITestOutputHelper? output = null,
        ActorSystemSetup? setup = null
    )
        : base(config, setup, Running(output) is { } to ? to.WriteLine : null) =>
        Output = Running(output);

    /// <summary>Where the test writes to; null: no test is running.</summary>
    protected ITestOutputHelper? Output { get; }

    /// <summary>What is done before the test. What it awaits has to be in virtual time, too.</summary>
    public virtual ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>Ends the test, and its actor system, as Dispose does. xunit calls this one.</summary>
    public virtual ValueTask DisposeAsync()
    {
        Dispose();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    private static ITestOutputHelper? Running(ITestOutputHelper? said) =>
        said ?? TestContext.Current.TestOutputHelper;
}
