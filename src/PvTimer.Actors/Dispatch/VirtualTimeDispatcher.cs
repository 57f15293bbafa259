using System;
using System.Globalization;
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Dispatch.SysMsg;

namespace PvTimer.Actors.Dispatch;

/// <summary>
/// The dispatcher of one region's actors: they run on the region's own thread, in virtual time. A Tell made
/// during an event arrives at the same instant, after the events that were sent before it; outside of
/// events it is a plain Tell and takes effect at the next safe point.
/// </summary>
/// <remarks>
/// Actors of different regions meet only through the machine's own messages, which have a latency. A Tell
/// or a watch across regions would depend on which thread runs ahead, and is refused.
/// </remarks>
public sealed class VirtualTimeDispatcher : MessageDispatcher
{
    internal VirtualTimeDispatcher(MessageDispatcherConfigurator configurator)
        : base(configurator)
    {
        Throughput = 1;
        ShutdownTimeout = TimeSpan.FromSeconds(1);
    }

    public RegionDriver Driver { get; } = new();

    /// <summary>The key of a region's dispatcher in the configuration.</summary>
    public static string IdOf(int region) =>
        string.Create(CultureInfo.InvariantCulture, $"pvtimer.region-{region}");

    public override void Dispatch(ActorCell cell, Envelope envelope)
    {
        RegionDriver? running = RegionDriver.Current;
        if (running is null || !running.IsInVirtualTime)
        {
            base.Dispatch(cell, envelope);
        }
        else if (running == Driver)
        {
            running.Tell(this, cell, envelope);
        }
        else
        {
            running.Refuse(
                $"{envelope.Message} cannot be told to {cell.Self.Path}, which is in another region; "
                    + "send it through the machine, with a latency"
            );
        }
    }

    public override void SystemDispatch(ActorCell cell, SystemMessage message)
    {
        RegionDriver? running = RegionDriver.Current;
        if (message is Failed failed)
        {
            running?.Note(failed);
        }
        else if (message is Watch && running is { IsInVirtualTime: true } && running != Driver)
        {
            running.Refuse(
                $"{cell.Self.Path} is in another region and cannot be watched from here"
            );
        }
        base.SystemDispatch(cell, message);
    }

    /// <summary>Puts a message into the mailbox, for an actor that cannot take it now.</summary>
    internal void Enqueue(ActorCell cell, in Envelope envelope) => base.Dispatch(cell, envelope);

    protected override void ExecuteTask(IRunnable run) => Driver.Execute(run);

    /// <summary>The thread belongs to the region's actor, which gives it up itself.</summary>
    protected override void Shutdown() { }
}

/// <summary>Named in the configuration as the type of each region's dispatcher.</summary>
public sealed class VirtualTimeDispatcherConfigurator : MessageDispatcherConfigurator
{
    private readonly VirtualTimeDispatcher _dispatcher;

    public VirtualTimeDispatcherConfigurator(Config config, IDispatcherPrerequisites prerequisites)
        : base(config, prerequisites) => _dispatcher = new VirtualTimeDispatcher(this);

    public override MessageDispatcher Dispatcher() => _dispatcher;
}
