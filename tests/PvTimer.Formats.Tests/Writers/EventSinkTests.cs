using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Tasks;
using Parquet;
using PvTimer.Formats.Writers.Events;

namespace PvTimer.Formats.Tests.Writers;

/// <summary>Events as lines and as columns are the events that were added.</summary>
public class EventSinkTests
{
    private static EventRow[] Rows { get; } =
    [
        new(0, "h0/pcpu-0", "Start", null, null, null),
        new(5, "web-0/vcpu-0", "timer_programmed", "h0/pcpu-0", 1, 2_500_000),
        new(7, "web-0/vcpu-0", "timer_fired", null, 1, -3),
    ];

    [Fact]
    public void Lines_of_JSON_hold_what_an_event_has_and_nothing_else()
    {
        using MemoryStream stream = new();
        using (NdjsonSink sink = new(stream))
        {
            foreach (EventRow row in Rows)
            {
                sink.Add(row);
            }
        }
        string[] lines = Encoding.UTF8.GetString(stream.ToArray()).TrimEnd().Split('\n');
        Assert.Equal("{\"time_ns\":0,\"entity\":\"h0/pcpu-0\",\"event\":\"Start\"}", lines[0]);
        Assert.Equal(-3, (long)JsonNode.Parse(lines[2])!["value"]!);
        Assert.Equal(3, lines.Length);
    }

    [Fact]
    public async Task Columns_of_Parquet_are_read_back_over_more_than_one_group_of_rows()
    {
        using MemoryStream stream = new();
        using (ParquetSink sink = new(stream))
        {
            for (int i = 0; i < ParquetSink.RowsPerGroup + 2; i++)
            {
                sink.Add(Rows[i % Rows.Length] with { TimeNs = i });
            }
        }
        stream.Position = 0;
        await using ParquetReader reader = await ParquetReader.CreateAsync(stream);
        Assert.Equal(2, reader.RowGroupCount);
        Assert.Equal(
            "time_ns entity event subject number value",
            string.Join(' ', reader.Schema.DataFields.Select(field => field.Name))
        );
    }
}
