using System.Collections.Generic;

namespace PvTimer.Model.Collections;

/// <summary>A collection for those who look: each value with its key, or its place.</summary>
internal interface ISmallCollection : IEnumerable<KeyValuePair<object, object?>>
{
    int Count { get; }
}
