// What has servers of its own waits for them most of the time.
[assembly: LevelOfParallelism(4)]
