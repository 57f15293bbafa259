using System;
using Akka.Configuration;
using Akka.Dispatch;

namespace PvTimer.Sharding.Windows;

/// <summary>
/// Runs an actor on the thread that sends to it: for <see cref="WindowsActor"/>, which only puts frames where
/// they are waited for. It saves every window the way through the thread pool.
/// </summary>
internal sealed class InlineDispatcher : MessageDispatcher
{
    public const string DispatcherId = "pvtimer.inline-dispatcher";

    internal InlineDispatcher(MessageDispatcherConfigurator configurator)
        : base(configurator) { }

    protected override void ExecuteTask(IRunnable run)
    {
        ArgumentNullException.ThrowIfNull(run);
        run.Run();
    }

    protected override void Shutdown() { }
}

/// <summary>Named in the configuration as the dispatcher's type.</summary>
internal sealed class InlineDispatcherConfigurator : MessageDispatcherConfigurator
{
    private readonly InlineDispatcher _dispatcher;

    public InlineDispatcherConfigurator(Config config, IDispatcherPrerequisites prerequisites)
        : base(config, prerequisites) => _dispatcher = new InlineDispatcher(this);

    public override MessageDispatcher Dispatcher() => _dispatcher;
}
