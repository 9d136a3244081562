using CrossProvince.Core.Identifiers;

namespace CrossProvince.Service.StatusIndex.Auditing;

/// <summary>The first difference that an audit found.</summary>
/// <param name="Kind">In what.</param>
/// <param name="Text">What differs, for persons. It never names a licence or a person: a place in a list leads to the licence, in the database only.</param>
/// <param name="Seq">The change, if it is about one.</param>
/// <param name="List">The list, if it is about one.</param>
/// <param name="Index">The entry of the list, if it is about one.</param>
public sealed record StatusDifference(StatusDifferenceKind Kind, LocalizedText Text, long? Seq = null, int? List = null, int? Index = null)
{
    internal static StatusDifference OfChange(StatusDifferenceKind kind, long seq, string zh, string en) => new(kind, new LocalizedText(zh, en), Seq: seq);

    internal static StatusDifference OfEntry(StatusDifferenceKind kind, int list, int index, string zh, string en) =>
        new(kind, new LocalizedText($"状态表 {list} 第 {index} 位：{zh}", $"Entry {index} of list {list}: {en}"), List: list, Index: index);
}
