using System.Collections.Generic;
using PvTimer.Model.Events;
using PvTimer.Model.Time;

namespace PvTimer.Model.Tests.Machines;

/// <summary>What a part of an entity sends, without an entity and an engine around it.</summary>
internal sealed class RecordedEffects : IEffects
{
    /// <summary>What it sent to itself.</summary>
    public List<(long After, Message Message)> Own { get; } = [];

    /// <summary>What it sent to others.</summary>
    public List<(EntityId Target, long After, Message Message)> Sent { get; } = [];

    public void Send(EntityId target, VirtualDuration latency, Message message) =>
        Sent.Add((target, latency.Nanoseconds, message));

    public void After(VirtualDuration delay, Message message) =>
        Own.Add((delay.Nanoseconds, message));

    public void SendLazily(EntityId target, VirtualDuration latency, Message message) =>
        Send(target, latency, message);

    public void AfterLazily(VirtualDuration delay, Message message, VirtualTime bound) =>
        After(delay, message);

    public bool TryAdvance(VirtualDuration delay) => false;
}
