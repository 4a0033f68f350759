"""The models: where their weights come from, how they become ONNX graphs, where the graphs are.

`python -m ezvtb.models install | import | list | verify | remove` is the command line; `store.find` is what the engine
calls.
"""
