using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using Akka.Actor;
using Akka.Event;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Looks;
using PvTimer.Sharding.Placement;

namespace PvTimer.Sharding.Nodes;

/// <summary>
/// /user/node: what a node has (its cells, what it froze last) and which formation it is in. It tells the
/// coordinator several times a second that it is there.
/// </summary>
internal sealed class NodeActor : ReceiveActor, IWithTimers
{
    public const string Name = "node";

    /// <summary>The dispatcher of formations: each has a thread of its own.</summary>
    public const string FormationDispatcher = "pvtimer.formation-dispatcher";

    private static readonly TimeSpan ReportInterval = TimeSpan.FromMilliseconds(200);

    // Configuration
    private readonly NodeContext _node;
    private readonly ILoggingAdapter _log = Context.GetLogger();

    // Volatile state
    private readonly Dictionary<string, IActorRef> _cells = new(StringComparer.Ordinal);
    private Form? _form;

    /// <summary>The greatest epoch of any formation here: it is not used again, nor are smaller ones.</summary>
    private long _heard;
    private IActorRef _formation = ActorRefs.Nobody;
    private FrozenCells? _frozen;
    private FormingFailed? _failure;
    private readonly HashSet<string> _downed = new(StringComparer.Ordinal);

    private sealed record ReportNow
    {
        public static ReportNow Instance { get; } = new();
    }

    public NodeActor(NodeContext node)
    {
        _node = node;
        Receive<ReportNow>(_ =>
        {
            Report();
            DownTheDead();
        });
        Receive<CellActor.Presence>(OnPresence);
        Receive<Form>(OnForm);
        Receive<CellParcel>(parcel => ToFormation(parcel.Epoch, parcel));
        Receive<Go>(go => ToFormation(go.Epoch, go));
        Receive<Pause>(pause => ToFormation(pause.Epoch, pause));
        Receive<TakeLook>(take => ToFormation(take.Epoch, take));
        Receive<TakeCheckpoint>(take => ToFormation(take.Epoch, take));
        Receive<Dissolve>(OnDissolve);
        Receive<JoinRefused>(refused => Context.System.EventStream.Publish(refused));
        Receive<FrozenCells>(frozen => _frozen = frozen);
        Receive<Recall>(_ => Sender.Tell(new Recalled(_node.Seat.Name, _form)));
    }

    public ITimerScheduler Timers { get; set; } = null!; // reason: set by Akka

    protected override void PreStart() =>
        Timers.StartPeriodicTimer(
            nameof(ReportNow),
            ReportNow.Instance,
            TimeSpan.Zero,
            ReportInterval
        );

    protected override SupervisorStrategy SupervisorStrategy() =>
        new OneForOneStrategy(failure =>
        {
            _log.Error(failure, "formation {0} failed on {1}", _form?.Epoch, _node.Seat.Name);
            TellFailure(failure.Message);
            return Directive.Stop;
        });

    /// <summary>One of an older formation, which was stopped before it could fail, is told with a dead epoch.</summary>
    private void TellFailure(string what)
    {
        if (_form is null || !Sender.Equals(_formation))
        {
            return;
        }
        _failure = new FormingFailed(_form.Epoch, _node.Seat.Name, what);
        RepeatFailure();
    }

    /// <summary>The first time it may be lost with a connection: whoever asks for this formation again is told again.</summary>
    private void RepeatFailure()
    {
        if (_failure is not null && !NodeContext.IsEnding(Context.System))
        {
            _node.Coordinator.Tell(_failure);
        }
    }

    private void Report()
    {
        FormationGauge.Reading gauge = _node.Gauge.Now;
        _node.Coordinator.Tell(
            new NodeReport(
                _node.Seat,
                gauge.Phase,
                _heard,
                gauge.Round,
                gauge.ReachedNanoseconds,
                gauge.Events,
                _node.Gauge.WaitingFor(),
                (long)gauge.Waited.TotalMilliseconds,
                _node.Gauge.Look,
                gauge.FrameBytes,
                _cells.Count,
                Environment.WorkingSet
            )
        );
    }

    /// <summary>
    /// The failure detector needs a second or more to suspect a process that was killed; one on the same
    /// machine can be seen to be dead.
    /// </summary>
    private void DownTheDead()
    {
        foreach (ClusterSeat seat in _form?.Seats ?? [])
        {
            if (seat.Process.IsCertainlyDead && _downed.Add(seat.Address))
            {
                _log.Warning("{0}: its process is dead", seat.Name);
                Akka.Cluster.Cluster.Get(Context.System).Down(Address.Parse(seat.Address));
            }
        }
    }

    private void OnPresence(CellActor.Presence presence)
    {
        if (presence.IsHere)
        {
            _cells[presence.Cell] = presence.Actor;
        }
        else if (_cells.GetValueOrDefault(presence.Cell)?.Equals(presence.Actor) == true)
        {
            _cells.Remove(presence.Cell);
        }
        _formation.Tell(presence);
    }

    private void OnForm(Form form)
    {
        if (form.Epoch <= _heard)
        {
            if (form.Epoch == _form?.Epoch)
            {
                // Said again: perhaps the answer was lost.
                _formation.Tell(form);
                RepeatFailure();
            }
            return;
        }
        Context.Stop(_formation);
        _form = form;
        _heard = form.Epoch;
        _failure = null;
        _node.Gauge.Show(FormationGauge.Reading.None with { Epoch = form.Epoch });
        FrozenCells? frozen = _frozen;
        _frozen = null;
        ImmutableDictionary<string, IActorRef> here = _cells.ToImmutableDictionary();
        _formation = Context.ActorOf(
            Props
                .Create(() => new FormationActor(form, _node, here, frozen))
                .WithDispatcher(FormationDispatcher),
            string.Create(CultureInfo.InvariantCulture, $"formation-{form.Epoch}")
        );
        _log.Info("formation {0}: {1} of {2}", form.Epoch, form.Source, form.Run.Id);
    }

    private void ToFormation(long epoch, object message)
    {
        if (epoch == _form?.Epoch)
        {
            _formation.Tell(message);
        }
        else if (epoch > _heard)
        {
            // A peer has heard of the formation before this node: the message comes again when it has too.
            Context.System.Scheduler.ScheduleTellOnce(
                TimeSpan.FromMilliseconds(20),
                Self,
                message,
                Sender
            );
        }
    }

    private void OnDissolve(Dissolve dissolve)
    {
        if (dissolve.Epoch < (_form?.Epoch ?? 0))
        {
            return;
        }
        Context.Stop(_formation);
        _formation = ActorRefs.Nobody;
        _form = null;
        _frozen = null;
        _failure = null;
        _node.Gauge.Show(FormationGauge.Reading.None with { Epoch = dissolve.Epoch });
        foreach (IActorRef cell in _cells.Values)
        {
            cell.Tell(dissolve);
        }
        // They go: the next formation must not take them for its own.
        _cells.Clear();
    }
}
