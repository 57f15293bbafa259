using PvTimer.TestKit.Clusters;

namespace PvTimer.TestKit;

/// <content>A script over several nodes.</content>
public abstract partial class PvTimerTestKit
{
    /// <summary>A cluster on which scripts are run; to be disposed of by the test. Says in the test's output what became of it.</summary>
    /// <param name="nodes">How many, at least 1.</param>
    /// <param name="on">How they exist; null: all in this process.</param>
    protected ClusterScript Cluster(int nodes = 3, IScriptNodes? on = null) =>
        new(nodes, on ?? Nodes.InThisProcess(), line => Output?.WriteLine(line));
}
