using System;
using System.Collections.Generic;
using PvTimer.Sharding.Wire;

namespace PvTimer.Simulation.Tests.World;

/// <summary>
/// What carries messages from process to process: in order and once, as connections do, unless something is wrong
/// with it. What is on its way into a cut is lost.
/// </summary>
internal sealed class Network(Agenda agenda, Chance chance, Hits hits)
{
    private static readonly TimeSpan Usual = TimeSpan.FromMilliseconds(UsualMilliseconds);

    /// <summary>When what was sent last arrives: by the number of who gets it, and of who sent it.</summary>
    private TimeSpan[][] _last = [];

    /// <summary>From whom nothing comes to whom.</summary>
    public HashSet<(SimNode From, SimNode To)> Cuts { get; } = [];

    /// <summary>Messages take up to so long when nothing is wrong [ms].</summary>
    public const double UsualMilliseconds = 1;

    /// <summary>Messages take up to so long [ms].</summary>
    public double SlowestMilliseconds { get; set; } = UsualMilliseconds;

    /// <summary>Of so many messages one is lost; 0: none.</summary>
    public int LosesOneIn { get; set; }

    /// <summary>Of so many messages one comes twice; 0: none.</summary>
    public int DoublesOneIn { get; set; }

    /// <summary>Messages may overtake each other.</summary>
    public bool Reorders { get; set; }

    /// <summary>Every message goes through the form that it has between nodes.</summary>
    public bool WritesMessages { get; set; }

    public long Carried { get; private set; }

    public bool IsCut(SimNode from, SimNode to) => Cuts.Count > 0 && Cuts.Contains((from, to));

    /// <param name="from">A process.</param>
    /// <param name="to">Another one, or the same.</param>
    /// <param name="message">What is carried.</param>
    /// <param name="take">What happens there.</param>
    public void Send(SimNode from, SimNode to, IWireMessage message, Action<IWireMessage> take)
    {
        Carried++;
        if (from == to)
        {
            agenda.After(TimeSpan.Zero, () => take(message), to);
            return;
        }
        IWireMessage carried = WritesMessages
            ? (IWireMessage)WireForm.Read(WireForm.Write(message), WireManifests.Of(message))
            : message;
        Carry(from, to, isOrdered: !Reorders, () => take(carried));
    }

    /// <summary>A frame of a round: order and number matter, and a connection keeps them or breaks.</summary>
    public void SendFrame(SimNode from, SimNode to, Action take)
    {
        if (from == to)
        {
            agenda.After(TimeSpan.Zero, take, to);
        }
        else
        {
            Carry(from, to, isOrdered: true, take);
        }
    }

    private void Carry(SimNode from, SimNode to, bool isOrdered, Action take)
    {
        if (LosesOneIn > 0 && chance.OneIn(LosesOneIn))
        {
            hits.Count(Fault.MessageLost);
            return;
        }
        Deliver(from, to, isOrdered, take);
        if (DoublesOneIn > 0 && chance.OneIn(DoublesOneIn))
        {
            hits.Count(Fault.MessageDoubled);
            Deliver(from, to, isOrdered, take);
        }
    }

    private void Deliver(SimNode from, SimNode to, bool isOrdered, Action take)
    {
        TimeSpan takes = chance.Between(0.05, SlowestMilliseconds);
        if (takes > Usual)
        {
            hits.Count(Fault.MessageDelayed);
        }
        TimeSpan at = agenda.Now + takes;
        ref TimeSpan last = ref LastOf(from, to);
        if (at >= last)
        {
            last = at;
        }
        else if (isOrdered)
        {
            at = last;
        }
        else
        {
            hits.Count(Fault.MessageOvertaken);
        }
        agenda.At(
            at,
            () =>
            {
                if (IsCut(from, to))
                {
                    hits.Count(Fault.MessageIntoCut);
                }
                else
                {
                    to.Do(take);
                }
            }
        );
    }

    private ref TimeSpan LastOf(SimNode from, SimNode to)
    {
        if (to.Number >= _last.Length)
        {
            Array.Resize(ref _last, to.Number + 4);
        }
        TimeSpan[] last = _last[to.Number] ?? [];
        if (from.Number >= last.Length)
        {
            Array.Resize(ref last, from.Number + 4);
            _last[to.Number] = last;
        }
        return ref last[from.Number];
    }
}
