using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using PvTimer.Model.Events;
using PvTimer.Model.State;

namespace PvTimer.Model.Tests.Paravirt.Exploring;

/// <summary>What a search has found.</summary>
/// <param name="States">Different states that were reached.</param>
/// <param name="Steps">Steps that were taken from them, all that there are.</param>
/// <param name="Depth">Steps to the furthest state.</param>
/// <param name="Latest">The most ticks that a deadline was overdue.</param>
/// <param name="IsComplete">No state was left out.</param>
/// <param name="Violation">What is violated; null: nothing.</param>
/// <param name="Schedule">The shortest way there, a step each line.</param>
internal sealed record SearchResult(
    int States,
    long Steps,
    int Depth,
    long Latest,
    bool IsComplete,
    string? Violation,
    ImmutableArray<string> Schedule
)
{
    public override string ToString() =>
        $"{States} states, {Steps} steps, depth {Depth}, latest {Latest}, {(IsComplete ? "complete" : "cut")}"
        + (Violation is null ? "" : $": {Violation}\n  {string.Join("\n  ", Schedule)}");
}

/// <summary>
/// Reaches every state of a machine, breadth first: each is frozen, told from others by its form, and thawed to take
/// each of its steps. The first violation found is one with the shortest way to it.
/// </summary>
internal sealed class StateSearch
{
    private readonly ProtocolBounds _bounds;
    private readonly ProtocolMachine _machine;
    private readonly StateForm _form;
    private readonly StateWriter _frozen = new();
    private readonly HashSet<UInt128> _known = [];
    private readonly List<(int Parent, Step Step)> _ways = [];
    private readonly Queue<Frozen> _open = new();

    public StateSearch(ProtocolBounds bounds)
    {
        _bounds = bounds;
        _machine = new ProtocolMachine(bounds);
        _form = new StateForm(bounds);
    }

    /// <param name="most">It gives up with more states.</param>
    /// <param name="violation">What is violated by what was reached; null: nothing.</param>
    public SearchResult Run(int most, Func<ProtocolMachine, string?> violation)
    {
        long taken = 0;
        long latest = 0;
        int depth = 0;
        List<Step> steps = [];
        Reach(parent: -1, default, depth: 0);
        while (_open.TryDequeue(out Frozen state))
        {
            Thaw(state);
            _machine.Enabled(steps);
            for (int index = 0; index < steps.Count; index++)
            {
                if (index > 0)
                {
                    Thaw(state);
                }
                _machine.Do(steps[index]);
                taken++;
                latest = Math.Max(latest, ProtocolChecks.Overdue(_machine));
                if (violation(_machine) is { } found)
                {
                    _ways.Add((state.Number, steps[index]));
                    return Result(state.Depth + 1, isComplete: false, found);
                }
                if (_ways.Count >= most)
                {
                    return Result(state.Depth, isComplete: false, found: null);
                }
                Reach(state.Number, steps[index], state.Depth + 1);
                depth = Math.Max(depth, state.Depth + 1);
            }
        }
        return Result(depth - 1, isComplete: true, found: null);

        SearchResult Result(int reached, bool isComplete, string? found) =>
            new(
                _known.Count,
                taken,
                reached,
                latest,
                isComplete,
                found,
                found is null ? [] : Schedule(_ways.Count - 1)
            );
    }

    private void Thaw(in Frozen state)
    {
        StateReader reader = new(state.Bytes);
        _machine.Transfer(new StateTransfer(reader));
        _machine.SetUnderWay(state.Parcels, state.KthreadStep);
    }

    /// <summary>The machine is in a state: if it is a new one, it is kept.</summary>
    private void Reach(int parent, Step step, int depth)
    {
        _frozen.Clear();
        _machine.Transfer(new StateTransfer(_frozen));
        byte[] bytes = _frozen.ToArray();
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(_form.Of(_machine, bytes), hash);
        if (!_known.Add(BinaryPrimitives.ReadUInt128LittleEndian(hash)))
        {
            return;
        }
        _ways.Add((parent, step));
        (ImmutableArray<Parcel> parcels, Message? kthreadStep) = _machine.UnderWay;
        _open.Enqueue(new Frozen(_ways.Count - 1, depth, bytes, parcels, kthreadStep));
    }

    /// <summary>The way to a state, as it is told when it is gone anew.</summary>
    private ImmutableArray<string> Schedule(int state)
    {
        Stack<Step> way = new();
        for (; _ways[state].Parent >= 0; state = _ways[state].Parent)
        {
            way.Push(_ways[state].Step);
        }
        ProtocolMachine machine = new(_bounds);
        var told = ImmutableArray.CreateBuilder<string>();
        foreach (Step step in way)
        {
            StringBuilder line = new(machine.Describe(step));
            told.Add(line.ToString());
            machine.Do(step);
        }
        return told.ToImmutable();
    }

    private readonly record struct Frozen(
        int Number,
        int Depth,
        byte[] Bytes,
        ImmutableArray<Parcel> Parcels,
        Message? KthreadStep
    );
}
