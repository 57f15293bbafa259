using System;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Writers.Tracks;

/// <summary>
/// A file of tracks with slices, instants, and arrows between instants of different tracks. Within a track times do not
/// go back, and a slice begins when the one before it has ended.
/// </summary>
public interface ITrackWriter : IDisposable
{
    /// <summary>A track is there.</summary>
    /// <param name="track">Its number, from 1.</param>
    /// <param name="group">The number of the track that it is under; 0: it is a group itself.</param>
    /// <param name="name">As users see it.</param>
    void Add(int track, int group, string name);

    /// <summary>A slice begins.</summary>
    void Begin(int track, VirtualTime at, string name);

    /// <summary>The slice ends that began last.</summary>
    void End(int track, VirtualTime at);

    /// <summary>A point in time, that is part of a flow.</summary>
    /// <param name="track">Where.</param>
    /// <param name="at">When.</param>
    /// <param name="name">What.</param>
    /// <param name="flow">Arrows go from each point of a flow to its next one.</param>
    /// <param name="step">Whether the flow begins or ends here.</param>
    void Instant(int track, VirtualTime at, string name, ulong flow, FlowStep step);
}

/// <summary>Where in its flow a point is.</summary>
public enum FlowStep
{
    First,
    Between,
    Last,
}
