"""The networks that label the wall: built, trained, exported and measured."""
