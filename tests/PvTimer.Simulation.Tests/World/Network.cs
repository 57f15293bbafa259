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
    private readonly Dictionary<(string From, string To), TimeSpan> _last = new(new Links());

    /// <summary>From whom nothing comes to whom.</summary>
    public HashSet<(string From, string To)> Cuts { get; } = new(new Links());

    /// <summary>Messages take up to so long [ms].</summary>
    public double SlowestMilliseconds { get; set; } = 1;

    /// <summary>Of so many messages one is lost; 0: none.</summary>
    public int LosesOneIn { get; set; }

    /// <summary>Of so many messages one comes twice; 0: none.</summary>
    public int DoublesOneIn { get; set; }

    /// <summary>Messages may overtake each other.</summary>
    public bool Reorders { get; set; }

    /// <summary>Every message goes through the form that it has between nodes.</summary>
    public bool WritesMessages { get; set; }

    public long Carried { get; private set; }

    /// <summary>Addresses differ in their last digits: no more of them is hashed, millions of times.</summary>
    private sealed class Links : IEqualityComparer<(string From, string To)>
    {
        public bool Equals((string From, string To) x, (string From, string To) y) =>
            string.Equals(x.From, y.From, StringComparison.Ordinal)
            && string.Equals(x.To, y.To, StringComparison.Ordinal);

        public int GetHashCode((string From, string To) obj) =>
            (HashOf(obj.From) * 1024) + HashOf(obj.To);

        private static int HashOf(string address) => (address[^2] * 16) + address[^1];
    }

    public bool IsCut(string from, string to) => Cuts.Count > 0 && Cuts.Contains((from, to));

    /// <param name="from">An address.</param>
    /// <param name="to">Another one, or the same.</param>
    /// <param name="message">What is carried.</param>
    /// <param name="arrive">What happens there.</param>
    public void Send(string from, string to, IWireMessage message, Action<IWireMessage> arrive)
    {
        Carried++;
        if (from == to)
        {
            agenda.After(TimeSpan.Zero, () => arrive(message));
            return;
        }
        if (WritesMessages)
        {
            message = (IWireMessage)
                WireForm.Read(WireForm.Write(message), WireManifests.Of(message));
        }
        Carry(from, to, isOrdered: !Reorders, () => arrive(message));
    }

    /// <summary>A frame of a round: order and number matter, and a connection keeps them or breaks.</summary>
    public void SendFrame(string from, string to, Action arrive)
    {
        if (from == to)
        {
            agenda.After(TimeSpan.Zero, arrive);
        }
        else
        {
            Carry(from, to, isOrdered: true, arrive);
        }
    }

    private void Carry(string from, string to, bool isOrdered, Action arrive)
    {
        if (LosesOneIn > 0 && chance.OneIn(LosesOneIn))
        {
            hits.Count("message lost");
            return;
        }
        Deliver(from, to, isOrdered, arrive);
        if (DoublesOneIn > 0 && chance.OneIn(DoublesOneIn))
        {
            hits.Count("message doubled");
            Deliver(from, to, isOrdered, arrive);
        }
    }

    private void Deliver(string from, string to, bool isOrdered, Action arrive)
    {
        TimeSpan at = agenda.Now + chance.Between(0.05, SlowestMilliseconds);
        TimeSpan last = _last.GetValueOrDefault((from, to));
        if (at < last)
        {
            if (isOrdered)
            {
                at = last;
            }
            else
            {
                hits.Count("message overtaken");
            }
        }
        _last[(from, to)] = at > last ? at : last;
        agenda.At(
            at,
            () =>
            {
                if (IsCut(from, to))
                {
                    hits.Count("message into a cut");
                }
                else
                {
                    arrive();
                }
            }
        );
    }
}
