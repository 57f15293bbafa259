using System.Collections.Immutable;
using PvTimer.Model.Time;

namespace PvTimer.Model.Guests;

/// <summary>
/// netperf's TCP_RR: one transaction after the other, each a packet out and the answer's interrupt. Every packet re-arms
/// TCP's retransmission timer.
/// </summary>
/// <param name="Response">From the packet to the interrupt of its answer: network and peer; at least 1 ns.</param>
/// <param name="Work">Computation for each transaction.</param>
/// <param name="Send">KVM's handling of the kick of the virtual NIC; at least 1 ns.</param>
/// <param name="Hertz">Jiffies per second: what the timer wheel counts, 1 to 100 000.</param>
/// <param name="Retransmission">TCP's retransmission time-out; at least 1 ns.</param>
public sealed record TcpRrGuest(
    VirtualDuration Response,
    VirtualDuration Work,
    VirtualDuration Send,
    int Hertz,
    VirtualDuration Retransmission
) : GuestDescription;

/// <summary>
/// A server with an event loop, as Redis is: requests come whether earlier ones are answered or not. It serves what has
/// come, runs its cron job when that is due, and waits in epoll_wait, whose time-out is the next cron job.
/// </summary>
/// <param name="Interval">From one request to the next, on average; at least 1 ns.</param>
/// <param name="IsPoisson">Requests come at exponentially distributed intervals; otherwise all are equal.</param>
/// <param name="Work">Computation for each request.</param>
/// <param name="Send">KVM's handling of the kick of the virtual NIC, for each reply; at least 1 ns.</param>
/// <param name="Cron">From one cron job to the next; at least 1 ns.</param>
/// <param name="CronWork">Computation for each of them.</param>
public sealed record RedisLikeGuest(
    VirtualDuration Interval,
    bool IsPoisson,
    VirtualDuration Work,
    VirtualDuration Send,
    VirtualDuration Cron,
    VirtualDuration CronWork
) : GuestDescription;

/// <summary>
/// Bursts of short timers: each is armed when the one before has fired. All vCPUs begin at once.
/// </summary>
/// <param name="Distance">How far ahead each timer of a burst is armed; at least 1 ns.</param>
/// <param name="Timers">Timers of a burst, at least 1.</param>
/// <param name="Pause">A single timer between two bursts; at least 1 ns.</param>
public sealed record StormGuest(VirtualDuration Distance, int Timers, VirtualDuration Pause)
    : GuestDescription;

/// <summary>Several guests in one VM: its vCPUs run them in turn, and are idle as this one says.</summary>
/// <param name="Guests">At least one; neither recorded nor commanded ones, nor mixes.</param>
public sealed record MixGuest(ImmutableArray<GuestDescription> Guests) : GuestDescription
{
    /// <summary>What a vCPU runs.</summary>
    public GuestDescription Of(int vcpu) => Guests[vcpu % Guests.Length] with { Idle = Idle };
}
