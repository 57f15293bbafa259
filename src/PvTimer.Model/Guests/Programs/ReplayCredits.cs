using System;
using System.Collections.Generic;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Guests.Programs;

/// <summary>
/// Which emulated interrupts have come that no recorded one has been matched with yet: of the timer the
/// latest, by the number of the write that armed it; of IPIs how many, by vector.
/// </summary>
/// <remarks>
/// A recorded IPI may answer several writes that coalesced. The first of them lets the replay go on, as it
/// woke the vCPU then; the others are a debt that they pay when they come. So what each vCPU waits for depends
/// on how many IPIs have been sent, and not on when: a wait that ends in one order of events ends in all of them.
/// </remarks>
internal sealed class ReplayCredits : IStateful
{
    private readonly record struct Write(ulong Number, TscTicks Deadline);

    private readonly List<Write> _outstanding = [];
    private readonly int[] _ipis = new int[256];
    private ulong? _fired;
    private ulong? _armed;

    /// <summary>Timer interrupts that no recorded one could be matched with.</summary>
    public long Unmatched { get; private set; }

    /// <summary>Write <paramref name="number"/> of this vCPU programs a deadline; 0 disarms.</summary>
    public void Programmed(ulong number, TscTicks deadline)
    {
        _armed = deadline == TscTicks.Zero ? null : number;
        if (deadline != TscTicks.Zero)
        {
            _outstanding.Add(new Write(number, deadline));
        }
    }

    /// <summary>An emulated interrupt. One may stand for several IPIs that were recorded one by one.</summary>
    public void Add(in GuestInterrupt interrupt)
    {
        if (interrupt.Deadline is not { } fired)
        {
            _ipis[interrupt.Vector] += interrupt.Requests;
            return;
        }
        int index = _outstanding.FindLastIndex(write => write.Deadline == fired);
        if (index < 0 || _fired is not null)
        {
            Unmatched++;
        }
        if (index >= 0)
        {
            _fired = _outstanding[index].Number;
            // Those before it were replaced by it.
            _outstanding.RemoveRange(0, index + 1);
        }
    }

    /// <summary>Uses up what has come for a recorded interrupt; false if nothing has.</summary>
    public bool TakeFor(RecordedStep interrupt)
    {
        if (interrupt.Kind == RecordedStepKind.IpiInterrupt)
        {
            bool came = _ipis[interrupt.Value] > 0;
            if (came)
            {
                Owe(interrupt);
            }
            return came;
        }
        if (interrupt.Kind != RecordedStepKind.TimerInterrupt || _fired is not { } fired)
        {
            return false;
        }
        _fired = null;
        if (fired < interrupt.Value)
        {
            // The recording goes on with a later deadline: this one's interrupt has no counterpart.
            Unmatched++;
            return false;
        }
        return true;
    }

    /// <summary>A recorded IPI's interrupt is over: the writes that it answers bring no other one about.</summary>
    public void Owe(RecordedStep ipi) => _ipis[ipi.Value] -= Math.Max(1, ipi.Answers);

    /// <summary>
    /// Nothing that this vCPU has programmed can bring this recorded timer interrupt about: what was written
    /// last disarms, belongs to an earlier interrupt, or was not due yet when this one came.
    /// </summary>
    public bool CannotCome(RecordedStep timerInterrupt)
    {
        if (timerInterrupt.Value == RecordedStep.NoWrite || _outstanding.Count == 0)
        {
            return true;
        }
        Write last = _outstanding[^1];
        return last.Number != _armed
            || last.Number < timerInterrupt.Value
            || last.Deadline > timerInterrupt.At;
    }

    /// <inheritdoc/>
    public void Transfer(StateTransfer state)
    {
        state.List(
            _outstanding,
            static (s, write) => new Write(s.Value(write.Number), s.Value(write.Deadline))
        );
        state.Sparse(_ipis);
        _fired = state.Optional(_fired, static (s, number) => s.Value(number));
        _armed = state.Optional(_armed, static (s, number) => s.Value(number));
        Unmatched = state.Value(Unmatched);
    }
}
