using System.Threading;
using Akka.Configuration;
using Akka.Dispatch;

namespace PvTimer.TestKit.Clocks;

/// <summary>The thread pool as an executor of dispatchers; its system's clock does not move on before what it was given is done.</summary>
internal sealed class ClockedExecutor(string id, ClockedSystem system) : ExecutorService(id)
{
    public override void Execute(IRunnable run) =>
        ThreadPool.UnsafeQueueUserWorkItem(
            static given =>
            {
                try
                {
                    given.Run.Run();
                }
                finally
                {
                    given.System.Work.End(given.Begun);
                }
            },
            (Run: run, System: system, Begun: system.Work.Begin(system.Clock.AtStep)),
            preferLocal: true
        );

    public override void Shutdown() { }
}

/// <summary>Named in the configuration of dispatchers, and made by Akka.</summary>
internal sealed class ClockedExecutorConfigurator : ExecutorServiceConfigurator
{
    private readonly ClockedSystem _system;

    /// <summary>Called by Akka.</summary>
    public ClockedExecutorConfigurator(Config config, IDispatcherPrerequisites prerequisites)
        : base(config, prerequisites) => _system = ClockedSystem.Of(config);

    /// <inheritdoc/>
    public override ExecutorService Produce(string id) => new ClockedExecutor(id, _system);
}
