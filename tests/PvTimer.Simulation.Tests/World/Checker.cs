using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using PvTimer.Engine;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Control;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Looks;
using PvTimer.Sharding.Wire;

namespace PvTimer.Simulation.Tests.World;

/// <summary>
/// What has to be true whatever happens. It stands apart from the simulated cluster, and knows the toy machine's
/// right states by itself.
/// </summary>
internal sealed class Checker(SimCluster cluster)
{
    private readonly Dictionary<long, Form> _forms = [];

    /// <summary>The events that are in the scenario of each formation.</summary>
    private readonly Dictionary<long, ImmutableArray<ToyEvent>> _events = [];
    private readonly HashSet<long> _epochs = [];

    /// <summary>The events in each result that was written, by the number of its formation.</summary>
    private readonly Dictionary<long, int[]> _results = [];

    /// <summary>When each event was asked for.</summary>
    private readonly Dictionary<int, TimeSpan> _asked = [];

    /// <summary>When each event was acknowledged.</summary>
    private readonly Dictionary<int, TimeSpan> _acknowledged = [];

    public void OnAsked(int id) => _asked[id] = cluster.Agenda.Now;

    public void OnAcknowledged(int id) => _acknowledged.TryAdd(id, cluster.Agenda.Now);

    /// <summary>The last command that the client knows to be in the run.</summary>
    public long ClientKnows { get; set; }

    /// <summary>Nobody knows what the client knows to have been commanded, and the run says so.</summary>
    public bool IsLostAsSaid(RunStatus status) =>
        status.What == Recollection.Lost
        && !cluster.Living.Any(node =>
            CommandsIn(node.KnownFormation) >= ClientKnows
            || CommandsIn(node.Kept.Formation) >= ClientKnows
        );

    private long CommandsIn(long formation) =>
        _forms.TryGetValue(formation, out Form? form) ? form.Run.Commands : 0;

    /// <summary>
    /// Where no disk is shared, a run goes on with what was commanded of it as far as the members know it when it does:
    /// those that have it in memory if a coordinator takes the run over, and those that have it on disk as well if it is
    /// submitted. What only others know is lost; but not what the client that submits it knows of.
    /// </summary>
    private void OnGoesOn(DiskAnswer answer)
    {
        AcceptedCommand[]? written = answer switch
        {
            DiskAnswer.Opened opened => [.. opened.Contained, .. opened.Since],
            DiskAnswer.TakenOver taken => [.. taken.Contained, .. taken.Since],
            _ => null,
        };
        if (written is null)
        {
            return;
        }
        bool isSubmitted = answer is DiskAnswer.Opened;
        foreach (int id in _acknowledged.Keys.ToArray())
        {
            bool isKnown = cluster.Living.Any(node =>
                node.IsMember
                && (
                    Knows(node.KnownFormation, id)
                    || (isSubmitted && Knows(node.Kept.Formation, id))
                )
            );
            string command = string.Create(CultureInfo.InvariantCulture, $"{{ {id} ");
            bool isWritten = written.Any(each =>
                each.Command.Subject.StartsWith(command, StringComparison.Ordinal)
            );
            bool isKnownToClient =
                isSubmitted
                && _events.Any(each => CommandsIn(each.Key) <= ClientKnows && Knows(each.Key, id));
            if (!isKnown && !isWritten && !isKnownToClient)
            {
                _acknowledged.Remove(id);
                cluster.Say($"event {id} is lost with all processes that knew it");
            }
        }
    }

    private bool Knows(long formation, int id) =>
        _events.TryGetValue(formation, out ImmutableArray<ToyEvent> events)
        && events.Any(each => each.Id == id);

    /// <summary>There has been a formation.</summary>
    public bool HasSeenForm => _forms.Count > 0;

    /// <summary>No two formations have one number.</summary>
    public void OnForm(Form form, SimNode by)
    {
        if (!_events.ContainsKey(form.Epoch))
        {
            _events[form.Epoch] = InputsOn(by).EventsOf(form.Run.ScenarioFile);
        }
        if (!_forms.TryAdd(form.Epoch, form) && !ReferenceEquals(_forms[form.Epoch], form))
        {
            bool isSame =
                _forms[form.Epoch].Run == form.Run
                && _forms[form.Epoch].ReachedNanoseconds == form.ReachedNanoseconds
                && _forms[form.Epoch]
                    .Seats.Select(seat => seat.Address)
                    .SequenceEqual(form.Seats.Select(seat => seat.Address), StringComparer.Ordinal)
                && _forms[form.Epoch].Homes.SequenceEqual(form.Homes);
            Require(isSame, $"two formations have the number {form.Epoch}");
        }
    }

    /// <summary>What a formation goes on from is this run's, at that very instant.</summary>
    public static void OnThawed(
        SimNode node,
        Form form,
        int cell,
        long at,
        ulong number,
        ImmutableArray<ToyEvent> events
    )
    {
        if (at != form.ReachedNanoseconds)
        {
            throw new ViolationException(
                $"{node.Seat.Name}: h{cell} of {at} ns was taken for that of {form.ReachedNanoseconds} ns"
            );
        }
        if (number != ToyMachine.Reference(events, at)[cell])
        {
            throw new ViolationException(
                $"{node.Seat.Name}: in formation {form.Epoch} h{cell} is another one at {at} ns than this run's; its scenario is {form.Run.ScenarioName}"
            );
        }
    }

    /// <summary>A node that ends says nothing of what breaks there: it goes, and that is all.</summary>
    public static void OnSaid(SimNode node, IWireMessage message)
    {
        if (node.IsEnding && message is FormingFailed or Halted { Reason: HaltReason.Crashed })
        {
            throw new ViolationException($"{node.Seat.Name} ends, and says {message}");
        }
    }

    /// <summary>What is seen of all cells is what they are at one instant, in the scenario of that formation.</summary>
    public void OnLook(LookAnswer answer)
    {
        if (answer is not { TraceHash: { } hash, Look.At: var at })
        {
            return;
        }
        cluster.Hits.Count(Fault.MachineLookedAtWhole);
        Require(
            hash == TraceHash.Of(ToyMachine.Reference(_events[answer.Epoch], at.Nanoseconds)),
            "a look shows cells of several instants"
        );
    }

    /// <summary>An event that was asked for breaks the machine, and the run says which.</summary>
    public bool IsBrokenAsAsked(RunStatus status) =>
        _asked.Keys.Any(id =>
            new ToyEvent(0, id) is { Breaks: true } one && status.What == one.Line
        );

    public void OnDisk(SimNode node, DiskRequest request, DiskAnswer answer)
    {
        cluster.Say($"{node.Seat.Name} disk: {request.GetType().Name} -> {answer.GetType().Name}");
        if (cluster.HasOwnDisks)
        {
            OnGoesOn(answer);
        }
        long? epoch = answer switch
        {
            DiskAnswer.BarrierPrepared prepared => prepared.Epoch,
            DiskAnswer.RestorePrepared { Last: not { Done: true } } prepared => prepared.Epoch,
            _ => null,
        };
        if (epoch is { } claimed)
        {
            Require(_epochs.Add(claimed), $"the number {claimed} was given twice");
        }
        CheckpointManifest? result = answer switch
        {
            DiskAnswer.Opened opened => opened.Result,
            DiskAnswer.TakenOver taken => taken.Result,
            DiskAnswer.RestorePrepared { Last: { Done: true } last } => last,
            DiskAnswer.Committed => ((DiskRequest.Commit)request).Manifest,
            _ => null,
        };
        if (result is { Done: true })
        {
            CheckResult(result, node);
        }
    }

    /// <summary>The run has ended: is it the run that was asked for?</summary>
    public void OnDone(RunStatus status)
    {
        Require(
            _results.TryGetValue(status.Result!.Epoch, out int[]? events),
            "no result was written"
        );
        CheckEvents(events!); // reason: it is required
    }

    /// <summary>
    /// The result at the moment at which it is said to be there: what a disk that lies does to it later is not the
    /// cluster's.
    /// </summary>
    private void CheckResult(CheckpointManifest manifest, SimNode node)
    {
        NodeFiles files = FilesOf(node);
        ToyInputs inputs = InputsOn(node);
        ImmutableArray<ToyEvent> events = inputs.EventsOf(manifest.Run.ScenarioFile);
        _results[manifest.Epoch] = [.. events.Select(each => each.Id)];
        Require(
            !events.Any(each => each.Breaks && each.At < ToyMachine.End),
            "the machine broke, and the run has gone on"
        );
        ulong[] reference = ToyMachine.Reference(events, ToyMachine.End);
        Dictionary<string, ReadOnlyMemory<byte>> cells = new CheckpointStore(
            manifest.Run.Directory,
            files,
            inputs,
            new KnownManifests()
        ).ReadCells(manifest.Parts);
        Require(cells.Count == ToyMachine.Cells, $"the result has {cells.Count} cells");
        for (int cell = 0; cell < ToyMachine.Cells; cell++)
        {
            (long at, ulong number) = ToyMachine.Thaw(cells[ToyMachine.Names[cell]].Span);
            Require(
                at == ToyMachine.End && number == reference[cell],
                $"the result is another one: h{cell} at {at} ns"
            );
        }
    }

    /// <summary>
    /// Every acknowledged event, and none that was not asked for; none twice; and one that was acknowledged before
    /// another one was asked for comes before it.
    /// </summary>
    private void CheckEvents(int[] events)
    {
        string all = string.Join(", ", events);
        Require(events.Distinct().Count() == events.Length, $"an event happened twice: {all}");
        Require(events.All(_asked.ContainsKey), $"an event happened that was not asked for: {all}");
        foreach ((int id, TimeSpan at) in _acknowledged)
        {
            int place = Array.IndexOf(events, id);
            Require(place >= 0, $"acknowledged was {id}; in the run are {all}");
            foreach (int earlier in events[..place])
            {
                Require(
                    _asked[earlier] <= at,
                    $"{earlier} was asked for when {id} was acknowledged; in the run are {all}"
                );
            }
        }
    }

    private NodeFiles FilesOf(SimNode node) => node.Disk.WayOf(cluster.Chance, static _ => { });

    /// <summary>As that node has them: what it was sent, it has in memory only.</summary>
    private ToyInputs InputsOn(SimNode node) => node.Inputs.On(FilesOf(node));

    public static void Require(bool isTrue, string otherwise)
    {
        if (!isTrue)
        {
            throw new ViolationException(otherwise);
        }
    }
}

/// <summary>Something that has to be true is not; the message says what.</summary>
internal sealed class ViolationException(string message) : Exception(message);
