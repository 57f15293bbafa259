#if DUCKDB
using System;
using System.Collections.Generic;
using System.Data.Common;
using System.Globalization;
using System.Linq;
using System.Text.Json.Nodes;
using PvTimer.Experiments;

namespace PvTimer.Cli.Display;

/// <summary>Rows of a query, as a table or as JSON.</summary>
internal static class QueryTable
{
    public static string Of(DbDataReader rows)
    {
        List<string[]> lines =
        [
            [.. Names(rows)],
        ];
        while (rows.Read())
        {
            lines.Add([
                .. Enumerable.Range(0, rows.FieldCount).Select(at => Text(rows.GetValue(at))),
            ]);
        }
        TextColumns columns = new(
            lines,
            [
                .. Enumerable
                    .Range(0, rows.FieldCount)
                    .Where(at => rows.GetFieldType(at) != typeof(string)),
            ]
        );
        return string.Concat(lines.Select(columns.Line));
    }

    /// <summary>A list of objects.</summary>
    public static string Json(DbDataReader rows)
    {
        string[] names = [.. Names(rows)];
        JsonArray list = [];
        while (rows.Read())
        {
            JsonObject row = [];
            for (int at = 0; at < names.Length; at++)
            {
                object value = rows.GetValue(at);
                row[names[at]] = value switch
                {
                    DBNull => null,
                    bool truth => truth,
                    double number when !double.IsFinite(number) => null,
                    IFormattable and (not DateTime and not DateTimeOffset and not Guid) =>
                        JsonNode.Parse(Text(value)),
                    _ => Text(value),
                };
            }
            list.Add(row);
        }
        return SummaryDocument.Write(list);
    }

    private static IEnumerable<string> Names(DbDataReader rows) =>
        Enumerable.Range(0, rows.FieldCount).Select(rows.GetName);

    private static string Text(object value) =>
        value is DBNull
            ? Quantities.None
            : Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
}
#endif
