using System;
using System.Linq;
using System.Text.Json;
using PvTimer.Sharding.Discovery;
using PvTimer.Sharding.Nodes;

namespace PvTimer.Sharding.Tests.Discovery;

/// <summary>Which pods of the API's answer are nodes, and by which name they are dialled.</summary>
public sealed class KubernetesPodsTests
{
    private const string Answer = """
        { "items": [
          { "metadata": {}, "status": { "phase": "Running", "podIP": "10.0.0.7" },
            "spec": { "hostname": "pvtimer-0", "subdomain": "pvtimer", "containers": [
              { "name": "sidecar" },
              { "name": "node", "ports": [ { "containerPort": 80 }, { "name": "remoting", "containerPort": 4053 } ] } ] } },
          { "metadata": {}, "status": { "phase": "Running", "podIP": "10.0.0.8" },
            "spec": { "containers": [ { "ports": [ { "name": "remoting", "containerPort": 4054 } ] } ] } },
          { "metadata": { "deletionTimestamp": "2026-01-01T00:00:00Z" }, "status": { "phase": "Running", "podIP": "10.0.0.9" },
            "spec": { "containers": [ { "ports": [ { "name": "remoting", "containerPort": 4053 } ] } ] } },
          { "metadata": {}, "status": { "phase": "Pending" },
            "spec": { "containers": [ { "ports": [ { "name": "remoting", "containerPort": 4053 } ] } ] } },
          { "metadata": {}, "status": { "phase": "Running", "podIP": "10.0.0.10" }, "spec": { "containers": [ {} ] } } ] }
        """;

    [Theory]
    [InlineData("10.0.0.7", "10.0.0.7:4053 10.0.0.8:4054")]
    [InlineData(
        "pvtimer-0.pvtimer.timers.svc.cluster.local",
        "pvtimer-0.pvtimer.timers.svc.cluster.local:4053 10-0-0-8.timers.pod.cluster.local:4054"
    )]
    public void Running_pods_with_the_port_are_dialled_as_the_node_itself_is(
        string own,
        string expected
    )
    {
        KubernetesPods pods = new(
            PeerDiscovery
                .Kubernetes.Configuration(new NodeOptions { Host = own })
                .GetConfig("akka.discovery.kubernetes")
        );
        using var answer = JsonDocument.Parse(Answer);
        Assert.Equal(
            expected.Split(' '),
            pods.TargetsIn(answer, "remoting", "timers")
                .Select(target => $"{target.Host}:{target.Port}"),
            StringComparer.Ordinal
        );
    }
}
