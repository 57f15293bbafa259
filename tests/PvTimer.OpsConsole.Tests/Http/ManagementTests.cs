using System.Linq;
using System.Net.Http;
using System.Text.Json.Nodes;
using System.Threading.Tasks;

namespace PvTimer.OpsConsole.Tests.Http;

/// <summary>
/// What Akka Management's cluster HTTP API answers (ClusterMembers, ClusterMember, ClusterUnreachableMember in
/// akka.management.cluster), for those who have scripts for it.
/// </summary>
[Collection(nameof(OneConsole))]
public sealed class ManagementTests
{
    private const string Node1 = "akka.tcp://pvtimer@127.0.0.1:4101";
    private const string Node2 = "akka.tcp://pvtimer@127.0.0.1:4102";

    [Fact]
    public async Task Members_are_listed_as_akka_management_does()
    {
        FakeCluster cluster = new() { HearsNode2 = false };
        await using OneConsole console = await OneConsole.Of(cluster);
        JsonNode list = (await console.Send(HttpMethod.Get, "/cluster/members")).Body;
        Assert.Equal(
            "selfNode leader oldest oldestPerRole members unreachable",
            string.Join(' ', list.AsObject().Select(field => field.Key))
        );
        Assert.Equal(
            (Node1, Node2, Node1),
            ((string?)list["selfNode"], (string?)list["leader"], (string?)list["oldest"])
        );
        Assert.Equal($$"""{"cpu":"{{Node1}}"}""", list["oldestPerRole"]!.ToJsonString());
        Assert.Equal(
            $"{Node1} {Node2}",
            string.Join(' ', list["members"]!.AsArray().Select(member => (string)member!["node"]!))
        );
        JsonNode unreachable = Assert.Single(list["unreachable"]!.AsArray())!;
        Assert.Equal(
            $$"""{"node":"{{Node2}}","observedBy":["{{Node1}}"]}""",
            unreachable.ToJsonString()
        );
    }

    [Theory]
    [InlineData("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data")]
    [InlineData("multipart/form-data", "operation=leave")]
    [InlineData("application/x-www-form-urlencoded", "operation=explode&%%%")]
    public async Task Form_that_is_none_is_refused(string type, string form)
    {
        FakeCluster cluster = new();
        await using OneConsole console = await OneConsole.Of(cluster);
        using HttpRequestMessage request = new(HttpMethod.Put, "/cluster/members/node-2")
        {
            Content = new StringContent(form),
        };
        request.Content.Headers.Remove("Content-Type");
        request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        request.Headers.Authorization = new("Bearer", console.Token.Text);
        using HttpResponseMessage answer = await console.Http.SendAsync(request);
        Assert.Equal(400, (int)answer.StatusCode);
        Assert.Empty(cluster.Commands);
    }

    [Theory]
    [InlineData("akka.tcp://pvtimer@127.0.0.1:4102")]
    [InlineData("akka.tcp:%2F%2Fpvtimer@127.0.0.1:4102")]
    [InlineData("pvtimer@127.0.0.1:4102")]
    [InlineData("127.0.0.1:4102")]
    [InlineData("node-2")]
    public async Task Member_is_found_by_each_of_its_names(string name)
    {
        await using OneConsole console = await OneConsole.Of(new FakeCluster());
        (int status, JsonNode member) = await console.Send(
            HttpMethod.Get,
            $"/cluster/members/{name}"
        );
        Assert.Equal(200, status);
        Assert.Equal(
            "node nodeUid status roles",
            string.Join(' ', member.AsObject().Select(field => field.Key))
        );
        Assert.Equal(
            (Node2, "Up", "cpu"),
            ((string?)member["node"], (string?)member["status"], (string?)member["roles"]![0])
        );
    }
}
