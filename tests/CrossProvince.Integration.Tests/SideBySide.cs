// Most of these tests wait for nodes, so more of them run at the same time than there are processors. Those of the category "Alone"
// measure time, or kill processes under load: eng/test.sh runs them when nothing else is running.
[assembly: LevelOfParallelism(4)]
