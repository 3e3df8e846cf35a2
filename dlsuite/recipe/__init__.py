"""Recipes: YAML with positions, read into frozen settings with every problem named at once."""

from dlsuite.recipe.block import Block as Block
from dlsuite.recipe.call import Call as Call
from dlsuite.recipe.call import plain as plain
from dlsuite.recipe.document import Document as Document
from dlsuite.recipe.document import read as read
from dlsuite.recipe.loading import Recipe as Recipe
from dlsuite.recipe.loading import flatten as flatten
from dlsuite.recipe.loading import load as load
from dlsuite.recipe.own import imports_refused as imports_refused
from dlsuite.recipe.own import own_module as own_module
from dlsuite.recipe.problems import Problem as Problem
from dlsuite.recipe.problems import RecipeError as RecipeError
from dlsuite.recipe.room import Room as Room
from dlsuite.recipe.schema import json_schema as json_schema
