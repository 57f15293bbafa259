using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Hosting;

namespace PvTimer.ActorTime.Hosting;

/// <summary>A host that lives as long as its test: signals to the process are the test runner's.</summary>
internal sealed class TestLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
