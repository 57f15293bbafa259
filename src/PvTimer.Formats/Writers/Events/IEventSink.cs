using System;

namespace PvTimer.Formats.Writers.Events;

/// <summary>Takes the events of a run in their order; disposed, all are written.</summary>
public interface IEventSink : IDisposable
{
    void Add(in EventRow row);
}
