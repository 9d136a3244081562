using System.ComponentModel.DataAnnotations;

namespace CrossProvince.Service.Storage;

/// <summary>What the database keeps, and for how long.</summary>
public sealed class StorageOptions
{
    /// <summary>
    /// For how many months records of verifications and showings are kept. A calendar month (UTC) is dropped whole once its last moment is that long ago, a day after the log has announced it with its count of records. What is
    /// dropped is gone: ask the law before lowering it.
    /// </summary>
    /// <value>Default 36, three years; 6 to 1200 (six months are the least that article 21 of China's Cybersecurity Law lets logs be kept).</value>
    [Range(6, 1200)]
    public int RetentionMonths { get; set; } = 36;
}
