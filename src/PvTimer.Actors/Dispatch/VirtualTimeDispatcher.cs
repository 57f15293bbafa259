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
internal sealed class VirtualTimeDispatcher : MessageDispatcher
{
    internal VirtualTimeDispatcher(MessageDispatcherConfigurator configurator)
        : base(configurator)
    {
        Throughput = 1;
        ShutdownTimeout = TimeSpan.FromSeconds(1);
    }

    public RegionDriver Driver { get; } = new();

    /// <summary>What a region's dispatcher is called in its actor system.</summary>
    /// <param name="scope">
    /// The run it belongs to: a system that runs several, one after the other, gives each its own threads.
    /// </param>
    /// <param name="region">The region's number in the run.</param>
    public static string IdOf(string scope, int region) =>
        string.Create(CultureInfo.InvariantCulture, $"{scope}.region-{region}");

    /// <summary>
    /// Makes a dispatcher known to a system; actors get it by its id. A system never forgets an id; when the
    /// driver has given its thread up, nothing else is kept.
    /// </summary>
    /// <exception cref="ArgumentException">The system has one of that id.</exception>
    internal static RegionDriver Register(ActorSystem system, string id)
    {
        var configurator = new OneDispatcher(system.Dispatchers);
        return system.Dispatchers.RegisterConfigurator(id, configurator)
            ? configurator.Begin()
            : throw new ArgumentException($"there is a dispatcher {id} already", nameof(id));
    }

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

    /// <summary>
    /// One dispatcher for the actors of its region, until the region's thread ends. Who still asks for it then,
    /// as a late word of a run that is over has it, gets the default dispatcher, where no entity's actor starts.
    /// </summary>
    private sealed class OneDispatcher : MessageDispatcherConfigurator
    {
        private readonly MessageDispatcher _afterwards;
        private volatile VirtualTimeDispatcher? _dispatcher;

        public OneDispatcher(Dispatchers dispatchers)
            : base(Config.Empty, dispatchers.Prerequisites)
        {
            _afterwards = dispatchers.DefaultGlobalDispatcher;
            _dispatcher = new VirtualTimeDispatcher(this);
        }

        public RegionDriver Begin()
        {
            RegionDriver driver = _dispatcher!.Driver; // reason: it has not ended before it has begun
            driver.AtRelease = () => _dispatcher = null;
            return driver;
        }

        public override MessageDispatcher Dispatcher() => _dispatcher ?? _afterwards;
    }
}
