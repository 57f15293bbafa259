using System;

namespace PvTimer.Actors.Windows;

/// <summary>
/// A region ends because another one has gone, which has the reason: it crashed, or its process was lost.
/// </summary>
public sealed class PeerGoneException() : Exception("another region has gone");
